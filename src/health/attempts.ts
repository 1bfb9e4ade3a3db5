/** Probes under way. None waits in a callback of its own: all are looked at together, each time that check() is called. */
import { inNamespace } from "../bpf/netns.ts";
import {
	beginConnect,
	closeSocket,
	openTcpSocket,
	POLL_READABLE,
	POLL_WORDS,
	POLL_WRITABLE,
	pollSockets,
	REVENTS_SHIFT,
	receiveBytes,
	sendRequest,
	socketAddress,
	speakFirst,
	takeSocketError,
} from "../bpf/sockets.ts";
import { ADDRESS_BYTES, parseAddress } from "../model/address.ts";
import type { HttpProbe, HttpsProbe, Probe } from "../model/probe.ts";
import type { Endpoint } from "../model/service.ts";
import { failureText, isOwnFault, timeoutText } from "./failure.ts";
import { judgeAnswer, MOST_BYTES, requestOf } from "./http-answer.ts";
import { createSecureContexts, exchangeOverTls, type TlsExchange } from "./tls-exchange.ts";

export interface Probed {
	readonly endpoint: Endpoint;
	/** Its address as the kernel wants it, from the first probe on. */
	remote: Buffer | undefined;
	readonly probe: Probe;
	/** What an HTTP probe sends, from the first one on; whoever sets another probe takes it away. */
	request: Buffer | undefined;
}

export interface Outcome {
	/** `impossible`: the probe could not be made, which says nothing about the endpoint. */
	readonly result: "healthy" | "unhealthy" | "impossible";
	/** Empty when all is well. */
	readonly reason: string;
	readonly durationMs: number;
}

export interface AttemptOptions {
	readonly timeoutMs: number;
	/** File of the network namespace to probe from; undefined: the own one. */
	readonly netns: string | undefined;
}

interface Attempt<Item> {
	readonly item: Item;
	/** Negative while somebody else has it: poll(2) passes over such. */
	fd: number;
	readonly startedMs: number;
	readonly deadlineMs: number;
	readonly timeoutMs: number;
	isConnected: boolean;
	answer: string;
	tls: TlsExchange | undefined;
}

const EAGAIN = 11;
/** One for all: what is in it is read at once. */
const RECEIVED = Buffer.alloc(MOST_BYTES);

export class Attempts<Item extends Probed> {
	readonly #ended: (item: Item, outcome: Outcome) => void;
	readonly #contexts = createSecureContexts();
	readonly #running = new Set<Attempt<Item>>();
	#polled = new Int32Array(64 * POLL_WORDS);

	constructor(ended: (item: Item, outcome: Outcome) => void) {
		this.#ended = ended;
	}

	get size(): number {
		return this.#running.size;
	}

	/** A few dozen at once: each takes some 20 µs. */
	begin(items: readonly Item[], nowMs: number, { timeoutMs, netns }: AttemptOptions): void {
		const opened = openSockets(items, netns);
		for (const [i, item] of items.entries()) {
			const fd = opened.fds[i];
			// Field by field, without a spread: so all have one shape, and V8 need not look up their fields.
			const attempt: Attempt<Item> = {
				item,
				fd: fd ?? -1,
				startedMs: nowMs,
				deadlineMs: nowMs + timeoutMs,
				timeoutMs,
				isConnected: false,
				answer: "",
				tls: undefined,
			};
			this.#start(attempt, fd === undefined ? opened.refusal : undefined);
		}
	}

	#start(attempt: Attempt<Item>, refusal: string | undefined): void {
		this.#running.add(attempt);
		if (refusal !== undefined) {
			this.#end(attempt, attempt.startedMs, refusal, "impossible");
			return;
		}
		if (attempt.item.probe.type !== "tcp") speakFirst(attempt.fd);
		const errno = beginConnect(attempt.fd, remoteOf(attempt.item));
		if (errno !== 0) this.#fail(attempt, attempt.startedMs, errno);
	}

	check(nowMs: number): void {
		if (this.#running.size === 0) return;
		this.#ask();
		let row = 0;
		// What ends meanwhile is passed already: the order of the rows is that of the set.
		for (const attempt of this.#running) {
			const events = (this.#polled[row + 1] as number) >> REVENTS_SHIFT;
			if (events !== 0) this.#advance(attempt, events, nowMs);
			if (nowMs >= attempt.deadlineMs) this.#end(attempt, nowMs, timeoutText(attempt.timeoutMs));
			row += POLL_WORDS;
		}
	}

	#ask(): void {
		const words = this.#running.size * POLL_WORDS;
		if (this.#polled.length < words) this.#polled = new Int32Array(2 * words);
		let row = 0;
		for (const { fd, isConnected } of this.#running) {
			this.#polled[row] = fd;
			this.#polled[row + 1] = isConnected ? POLL_READABLE : POLL_WRITABLE;
			row += POLL_WORDS;
		}
		pollSockets(this.#polled, this.#running.size);
	}

	#advance(attempt: Attempt<Item>, events: number, nowMs: number): void {
		if (attempt.isConnected) this.#receive(attempt, nowMs);
		// Writable and nothing else is a connection: no need to ask.
		else this.#connected(attempt, events === POLL_WRITABLE ? 0 : takeSocketError(attempt.fd), nowMs);
	}

	#connected(attempt: Attempt<Item>, errno: number, nowMs: number): void {
		const { probe } = attempt.item;
		attempt.isConnected = true;
		if (errno !== 0) this.#fail(attempt, nowMs, errno);
		else if (probe.type === "https") this.#goOnWithTls(attempt, probe, nowMs);
		else if (probe.type === "http") this.#send(attempt, probe, nowMs);
		else this.#end(attempt, nowMs);
	}

	#send(attempt: Attempt<Item>, probe: HttpProbe, nowMs: number): void {
		const { item, fd } = attempt;
		item.request ??= requestOf(probe, item.endpoint);
		const errno = sendRequest(fd, item.request);
		if (errno !== 0) this.#fail(attempt, nowMs, errno);
	}

	#receive(attempt: Attempt<Item>, nowMs: number): void {
		const { probe } = attempt.item;
		const received = receiveBytes(attempt.fd, RECEIVED);
		if (probe.type !== "http" || received === -EAGAIN) return;
		if (received < 0) {
			this.#fail(attempt, nowMs, -received);
			return;
		}
		const room = MOST_BYTES - attempt.answer.length;
		attempt.answer += RECEIVED.toString("latin1", 0, Math.min(received, room));
		const judgement = judgeAnswer(attempt.answer, probe.status, received === 0);
		if (judgement) this.#end(attempt, nowMs, judgement.failure);
	}

	#goOnWithTls(attempt: Attempt<Item>, probe: HttpsProbe, nowMs: number): void {
		const { endpoint } = attempt.item;
		try {
			const context = this.#contexts.of(probe.caFile, nowMs);
			attempt.tls = exchangeOverTls(attempt.fd, { probe, endpoint, context }, (failure) =>
				this.#end(attempt, performance.now(), failure),
			);
			attempt.fd = -1;
		} catch (error) {
			this.#end(attempt, nowMs, (error as Error).message, "impossible");
		}
	}

	#fail(attempt: Attempt<Item>, nowMs: number, errno: number): void {
		this.#end(attempt, nowMs, failureText(errno), isOwnFault(errno) ? "impossible" : "unhealthy");
	}

	#end(
		attempt: Attempt<Item>,
		nowMs: number,
		failure?: string,
		result: Outcome["result"] = failure === undefined ? "healthy" : "unhealthy",
	): void {
		if (!this.#running.delete(attempt)) return;
		release(attempt);
		this.#ended(attempt.item, { result, reason: failure ?? "", durationMs: nowMs - attempt.startedMs });
	}

	/** Without a word about how they ended. */
	close(isMeant: (item: Item) => boolean = () => true): void {
		for (const attempt of this.#running) {
			if (!isMeant(attempt.item)) continue;
			this.#running.delete(attempt);
			release(attempt);
		}
	}
}

function release({ fd, tls }: Attempt<unknown>): void {
	tls?.close();
	if (fd >= 0) closeSocket(fd);
}

function remoteOf(item: Probed): Buffer {
	const { address, port } = item.endpoint;
	item.remote ??= socketAddress(parseAddress(address) ?? new Uint8Array(ADDRESS_BYTES), port);
	return item.remote;
}

/** As many as can be made, and why not more. */
function openSockets(items: readonly Probed[], netns: string | undefined) {
	const fds: number[] = [];
	try {
		inNamespace(netns, () => {
			for (const item of items) fds.push(openTcpSocket(remoteOf(item)));
		});
		return { fds, refusal: undefined };
	} catch (error) {
		return { fds, refusal: (error as Error).message };
	}
}
