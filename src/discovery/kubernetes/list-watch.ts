/** Keeps a copy of all objects of one kind: lists them, then watches what changes. */
import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import { setImmediate as loopTurn, setTimeout as sleep } from "node:timers/promises";
import { readBody } from "../read-body.ts";
import { Expired, printable, Unreadable } from "./api-error.ts";
import { continueOf, errorOf, itemsOf, keyOf, objectIn, parseObject, versionOf } from "./api-object.ts";
import { type ApiServer, get } from "./api-server.ts";
import type { Json } from "./json.ts";
import { linesOf } from "./lines-of.ts";
import { type Pace, pauseMs } from "./pace.ts";

export interface Resource<T> {
	/** What messages call them: "services". */
	readonly kind: string;
	readonly path: string;
	/** Empty: all of them. */
	readonly labelSelector: string;
	/** What is kept of an object; undefined: nothing. */
	readonly read: (object: Json) => T | undefined;
}

export interface Connection {
	readonly server: ApiServer;
	readonly agent: Agent;
	readonly signal: AbortSignal;
	readonly pace: Pace;
	/** The copy has changed, or is up to date again. */
	readonly changed: () => void;
	readonly failed: (reason: string) => void;
}

/** JSON.parse takes a millisecond or two for them, at 2 kB each, and the event loop waits for it. */
const PAGE_OBJECTS = 50;
/** A million objects: ends a list that never ends. */
const MAX_PAGES = 20_000;
/** etcd takes no object above 1.5 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Watches that fail in a row until the version is given up: a server that was restored may never have heard of it. */
const MAX_RESUMES = 3;
/** For the server to end a watch by itself. */
const GRACE_MS = 30_000;

export class ListWatch<T> {
	readonly #resource: Resource<T>;
	readonly #connection: Connection;
	/** Undefined: to be listed. */
	#version: string | undefined;
	/** In a row. */
	#failures = 0;
	/** By keyOf(). */
	objects = new Map<string, T>();
	/** False from the beginning and from each failure on, until it is listed or watched again. */
	isCurrent = false;

	constructor(resource: Resource<T>, connection: Connection) {
		this.#resource = resource;
		this.#connection = connection;
	}

	/** Until the signal of the connection. */
	async run(): Promise<void> {
		const { signal, pace } = this.#connection;
		while (!signal.aborted) {
			try {
				this.#version ??= await this.#list();
				await this.#watch(this.#version);
			} catch (error) {
				if (!signal.aborted) this.#fail(error as Error);
			}
			// After a watch that ended as it should too: a server that ends each at once is not hammered.
			const ms = pauseMs(pace, this.#failures, Math.random());
			await sleep(ms, undefined, { signal }).catch(() => {});
		}
	}

	#fail(error: Error): void {
		const { kind } = this.#resource;
		const isListed = this.#version !== undefined;
		this.#failures++;
		this.isCurrent = false;
		if (error instanceof Unreadable || this.#failures > MAX_RESUMES) this.#version = undefined;
		// That a version is no longer known is how a watch ends when nothing happened for long.
		if (isListed && error instanceof Expired) return;
		this.#connection.failed(`Cannot ${isListed ? "watch" : "list"} ${kind}: ${printable(error.message)}`);
	}

	/** Replaces the copy when the last page is there, and gives the version of the first: what changed since is told again. */
	async #list(): Promise<string> {
		const objects = new Map<string, T>();
		let version: string | undefined;
		let next = "";
		for (let pages = 0; pages === 0 || next; pages++) {
			if (pages === MAX_PAGES) throw new Error(`the list has more than ${MAX_PAGES} pages`);
			const query = { limit: String(PAGE_OBJECTS), ...(next && { continue: next }) };
			const body = await readBody(await this.#get(query, this.#connection.pace.pageMs), MAX_BYTES);
			const page = parseObject(String(body));
			version ??= versionOf(page);
			await loopTurn();
			for (const item of itemsOf(page)) this.#put(objects, item);
			next = continueOf(page);
		}
		this.objects = objects;
		this.#becomeCurrent();
		return version as string;
	}

	async #watch(version: string): Promise<void> {
		const { pace } = this.#connection;
		const seconds = Math.ceil((pace.watchMs * (1 + Math.random())) / 1000);
		const query = { watch: "true", allowWatchBookmarks: "true", timeoutSeconds: String(seconds) };
		const answer = await this.#get({ ...query, resourceVersion: version }, seconds * 1000 + GRACE_MS);
		if (!this.isCurrent) this.#becomeCurrent();
		let hasSeen = false;
		for await (const line of linesOf(answer, MAX_BYTES)) {
			this.#version = this.#apply(parseObject(line));
			this.#failures = 0;
			hasSeen = true;
		}
		// A bookmark comes every minute. A server that sends none may have been restored to before the version.
		if (!hasSeen) throw new Expired("the watch brought nothing");
	}

	#becomeCurrent(): void {
		this.isCurrent = true;
		this.#connection.changed();
	}

	/** Gives the version after the event. */
	#apply({ type, object: given }: Json): string {
		if (type === "ERROR") throw errorOf(given);
		const object = objectIn(given, "the object of an event");
		const version = versionOf(object);
		if (type === "BOOKMARK") return version;
		if (type === "DELETED") this.objects.delete(keyOf(object));
		else if (type === "ADDED" || type === "MODIFIED") this.#put(this.objects, object);
		else throw new Unreadable(`an event is ${printable(type)}, expected ADDED, MODIFIED or DELETED`);
		this.#connection.changed();
		return version;
	}

	#put(objects: Map<string, T>, item: unknown): void {
		const object = objectIn(item, "an item");
		const kept = this.#resource.read(object);
		if (kept === undefined) objects.delete(keyOf(object));
		else objects.set(keyOf(object), kept);
	}

	#get(query: Record<string, string>, bodyMs: number): Promise<IncomingMessage> {
		const { path, labelSelector } = this.#resource;
		const { server, agent, signal, pace } = this.#connection;
		const parameters = new URLSearchParams({ ...query, ...(labelSelector && { labelSelector }) });
		return get(server, { path: `${path}?${parameters}`, agent, signal, headMs: pace.headMs, bodyMs });
	}
}
