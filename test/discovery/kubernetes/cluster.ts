/** An API server for the tests: list and watch of two kinds, over https, in the wire format of Kubernetes. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiServer } from "../../../src/discovery/kubernetes/api-server.ts";
import { makeCertificate } from "./certificate.ts";
import { type KubeObject, keyOf, matches } from "./kube-object.ts";

export type Kind = "services" | "endpointslices";
type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

interface KubeEvent {
	readonly kind: Kind;
	readonly version: number;
	readonly type: EventType;
	readonly object: KubeObject;
}

interface Watcher {
	readonly kind: Kind;
	readonly url: URL;
	readonly response: ServerResponse;
}

/** Does something else than the server would, once. */
export type Answer = (response: ServerResponse, url: URL) => void;

const API: Readonly<Record<Kind, { listKind: string; apiVersion: string }>> = {
	services: { listKind: "ServiceList", apiVersion: "v1" },
	endpointslices: { listKind: "EndpointSliceList", apiVersion: "discovery.k8s.io/v1" },
};

export class Cluster {
	readonly #folder = mkdtempSync(join(tmpdir(), "lbscope-kubernetes-"));
	readonly #certificate = makeCertificate(this.#folder);
	readonly #tokenFile = join(this.#folder, "token");
	readonly #objects: Record<Kind, Map<string, KubeObject>> = {
		services: new Map(),
		endpointslices: new Map(),
	};
	readonly #snapshots = new Map<string, { version: number; rest: KubeObject[] }>();
	readonly #sockets = new Set<Socket>();
	readonly #watchers = new Set<Watcher>();
	readonly #surprises: { applies: (url: URL) => boolean; answer: Answer }[] = [];
	#history: KubeEvent[] = [];
	#version = 1000;
	#oldest = 0;
	#token = "token-1";
	#port = 0;
	#server: Server | undefined;
	/** All that was asked, in order. */
	readonly asked: URL[] = [];
	/** How an event is sent; in one piece unless told. */
	send: (response: ServerResponse, line: string) => void = (response, line) => void response.write(line);

	async start(): Promise<ApiServer> {
		const { key, cert, certFile } = this.#certificate;
		this.writeToken(this.#token);
		this.#server = createServer({ key, cert }, (request, response) => this.#answer(request, response));
		this.#server.on("connection", (socket: Socket) => {
			this.#sockets.add(socket);
			socket.once("close", () => this.#sockets.delete(socket));
		});
		this.#server.listen(this.#port, "127.0.0.1");
		await once(this.#server, "listening");
		this.#port = (this.#server.address() as AddressInfo).port;
		return { host: "127.0.0.1", port: this.#port, tokenFile: this.#tokenFile, caFile: certFile };
	}

	/** Goes away, and forgets nothing. */
	async stop(): Promise<void> {
		if (!this.#server) return;
		const closed = once(this.#server, "close");
		this.#server.close();
		this.resetConnections();
		await closed;
		this.#server = undefined;
	}

	async remove(): Promise<void> {
		await this.stop();
		rmSync(this.#folder, { recursive: true });
	}

	resetConnections(): void {
		for (const socket of this.#sockets) socket.resetAndDestroy();
	}

	put(kind: Kind, ...objects: readonly KubeObject[]): void {
		for (const object of objects) {
			const version = ++this.#version;
			const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
			const type = this.#objects[kind].has(keyOf(object)) ? "MODIFIED" : "ADDED";
			this.#objects[kind].set(keyOf(object), stored);
			this.#tell({ kind, version, type, object: stored });
		}
	}

	delete(kind: Kind, key: string): void {
		const object = this.#objects[kind].get(key);
		if (!object) throw new Error(`Cannot delete ${key}: there is no such object among ${kind}`);
		this.#objects[kind].delete(key);
		const version = ++this.#version;
		const metadata = { ...object.metadata, resourceVersion: String(version) };
		this.#tell({ kind, version, type: "DELETED", object: { ...object, metadata } });
	}

	/** What happened with other kinds of objects moves the version as well, and only bookmarks tell of it. */
	bookmark(): void {
		this.#version += 100;
		for (const kind of ["services", "endpointslices"] as const) {
			const metadata = { resourceVersion: String(this.#version), creationTimestamp: null };
			this.#tell({ kind, version: this.#version, type: "BOOKMARK", object: { metadata } as KubeObject });
		}
	}

	/** Forgets what happened until now: who asks for an older version is told 410. */
	compact(): void {
		this.#history = [];
		this.#oldest = this.#version;
		this.#snapshots.clear();
	}

	/** From now on no other token is good. */
	expectToken(token: string): void {
		this.#token = token;
	}

	/** As the kubelet does. */
	writeToken(token: string): void {
		writeFileSync(this.#tokenFile, `${token}\n`, { mode: 0o600 });
	}

	/** The next request that `applies` is to gets this answer. */
	surprise(applies: (url: URL) => boolean, answer: Answer): void {
		this.#surprises.push({ applies, answer });
	}

	/** Answers of the watches that are open. */
	watching(kind: Kind): ServerResponse[] {
		return [...this.#watchers].filter((each) => each.kind === kind).map(({ response }) => response);
	}

	/** In order, as when their time is over. */
	endWatches(kind: Kind): void {
		for (const response of this.watching(kind)) response.end();
	}

	#answer(request: IncomingMessage, response: ServerResponse): void {
		const url = new URL(request.url ?? "", "https://127.0.0.1");
		this.asked.push(url);
		response.socket?.setNoDelay();
		const surprise = this.#surprises.findIndex(({ applies }) => applies(url));
		const kind = kindOf(url);
		if (surprise >= 0) this.#surprises.splice(surprise, 1)[0]?.answer(response, url);
		else if (request.headers.authorization !== `Bearer ${this.#token}`)
			refuse(response, 401, "Unauthorized", "Unauthorized");
		else if (!kind) refuse(response, 404, "NotFound", "the server could not find the requested resource");
		else if (isWatch(url)) this.#watch(kind, url, response);
		else this.#list(kind, url, response);
	}

	#list(kind: Kind, url: URL, response: ServerResponse): void {
		const begun = url.searchParams.get("continue");
		const snapshot = begun === null ? this.#snapshot(kind, url) : this.#snapshots.get(begun);
		if (!snapshot) {
			refuse(response, 410, "Expired", "The provided continue parameter is too old");
			return;
		}
		const limit = Number(url.searchParams.get("limit") ?? Number.POSITIVE_INFINITY);
		const [items, rest] = [snapshot.rest.slice(0, limit), snapshot.rest.slice(limit)];
		const next = rest.length > 0 ? `${kind}-${snapshot.version}-${rest.length}` : "";
		if (next) this.#snapshots.set(next, { version: snapshot.version, rest });
		const { listKind, apiVersion } = API[kind];
		const more = next && { continue: next, remainingItemCount: rest.length };
		const metadata = { resourceVersion: String(snapshot.version), ...more };
		response.setHeader("Content-Type", "application/json");
		response.end(`${JSON.stringify({ kind: listKind, apiVersion, metadata, items })}\n`);
	}

	#snapshot(kind: Kind, url: URL): { version: number; rest: KubeObject[] } {
		const all = [...this.#objects[kind]].filter(([, object]) => matches(object, url));
		all.sort(([a], [b]) => (a < b ? -1 : 1));
		return { version: this.#version, rest: all.map(([, object]) => object) };
	}

	#watch(kind: Kind, url: URL, response: ServerResponse): void {
		const since = Number(url.searchParams.get("resourceVersion"));
		response.writeHead(200, { "Content-Type": "application/json" }).flushHeaders();
		if (since < this.#oldest) {
			const message = `too old resource version: ${since} (${this.#oldest})`;
			const object = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message };
			response.end(
				`${JSON.stringify({ type: "ERROR", object: { ...object, reason: "Expired", code: 410 } })}\n`,
			);
			return;
		}
		const watcher = { kind, url, response };
		for (const event of this.#history) if (event.version > since) this.#sendTo(watcher, event);
		this.#watchers.add(watcher);
		response.once("close", () => this.#watchers.delete(watcher));
	}

	#tell(event: KubeEvent): void {
		if (event.type !== "BOOKMARK") this.#history.push(event);
		for (const watcher of this.#watchers) this.#sendTo(watcher, event);
	}

	#sendTo({ kind, url, response }: Watcher, { type, object, ...event }: KubeEvent): void {
		if (event.kind !== kind || (type !== "BOOKMARK" && !matches(object, url))) return;
		const { listKind, apiVersion } = API[kind];
		const typed = { kind: listKind.replace(/List$/, ""), apiVersion, ...object };
		this.send(response, `${JSON.stringify({ type, object: typed })}\n`);
	}
}

/** A refusal as the API server words it. */
export function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
	const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
	response.writeHead(code, { "Content-Type": "application/json" }).end(`${JSON.stringify(status)}\n`);
}

export function isWatch(url: URL): boolean {
	return url.searchParams.get("watch") === "true";
}

export function kindOf(url: URL): Kind | undefined {
	const path = url.pathname.replace(/\/namespaces\/[^/]+/, "");
	if (path === "/api/v1/services") return "services";
	return path === "/apis/discovery.k8s.io/v1/endpointslices" ? "endpointslices" : undefined;
}
