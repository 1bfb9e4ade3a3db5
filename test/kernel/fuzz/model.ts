/** All that the maps say after any packets, by the contract: see flow-model.ts for a single flow. */
import { hostPort } from "../../../src/model/address.ts";
import type { ErrorOrigin, ErrorReason } from "../../../src/model/reading.ts";
import type { Protocol } from "../../../src/model/service.ts";
import { type Family, SERVICE_PORT, VIP } from "../cast.ts";
import type { ChunkName } from "../packets/transport.ts";
import {
	afterSctp,
	afterTcp,
	afterUdp,
	afterUnreachable,
	fail,
	kindOf,
	type ModelFlow,
	mayStillOpen,
	newFlow,
	type Side,
	silentSide,
} from "./flow-model.ts";

export interface ModelPacket {
	readonly family: Family;
	readonly protocol: Protocol;
	readonly client: string;
	readonly port: number;
	readonly from: Side;
	readonly bytes: number;
	readonly flags: string;
	readonly chunk: ChunkName;
	/** The SYN or INIT that it belongs to, where it says so. */
	readonly handshake: number | undefined;
	/** Where the load balancer sends it, in the same moment. */
	readonly onward: string | undefined;
}

export interface ModelTimeouts {
	readonly handshake: number;
	readonly closing: number;
	readonly tcp: number;
	readonly udp: number;
	readonly sctp: number;
}

interface Tracked {
	readonly flow: ModelFlow;
	readonly service: string;
	readonly protocol: Protocol;
	readonly client: string;
	openedMs: number;
	seenMs: number;
	/** Of the last packet that was followed to its endpoint. */
	checkedMs: number;
	waiting: Traffic;
}

interface Traffic {
	packets: number;
	bytes: number;
}

const UNKNOWN_AFTER_MS = 1000;
const LATE_PACKETS_MS = 5000;
/** Longer than between two tries of a SYN. */
const FAILED_KNOWN_MS = 75_000;
/** Ticks of 4 ms between two looks at the endpoint of a UDP flow. */
const UDP_RECHECK_MS = 256 * 4;

export class Model {
	readonly flows = new Map<string, Tracked>();
	readonly pairs = new Map<string, Traffic>();
	readonly totals = new Map<string, Traffic & { requests: number }>();
	readonly errors = new Map<string, number>();
	readonly #timeouts: ModelTimeouts;

	constructor(timeouts: ModelTimeouts) {
		this.#timeouts = timeouts;
	}

	packet(packet: ModelPacket, nowMs: number): void {
		const tracked = this.#find(packet) ?? this.#open(packet, nowMs);
		const { flow } = tracked;
		const hadError = flow.error;
		const wasExpired = flow.expired;
		flow.expired = false;
		if (this.#judge(flow, packet, wasExpired) === "begins") this.#begin(tracked, packet, nowMs);
		else if (flow.error && !hadError) this.#countError(tracked);
		tracked.seenMs = nowMs;
		if (this.#isFollowed(tracked, packet, nowMs)) this.#follow(tracked, packet, nowMs);
		else this.#count(tracked, packet);
	}

	#judge(flow: ModelFlow, { protocol, from, flags, chunk, handshake }: ModelPacket, expired: boolean) {
		if (protocol === "tcp") return afterTcp(flow, from, kindOf(flags), handshake);
		return protocol === "udp" ? afterUdp(flow, from, expired) : afterSctp(flow, from, chunk, handshake);
	}

	/** A request: everything that the last one left is gone, its bytes stay where they belong. */
	#begin(tracked: Tracked, { protocol, handshake, from }: ModelPacket, nowMs: number): void {
		const { flow, service } = tracked;
		// The client has given up the one before.
		if (flow.state === "opening" && fail(flow, "timeout", silentSide(flow))) this.#countError(tracked);
		// What was nothing yet goes on as what it now is.
		const endpoint = flow.state === "new" ? flow.endpoint : undefined;
		if (flow.state !== "new") this.#book(tracked);
		Object.assign(flow, newFlow(), {
			state: protocol === "udp" ? "active" : "opening",
			isRequest: true,
			answered: from === "endpoint",
			handshake,
			endpoint,
		});
		tracked.openedMs = nowMs;
		this.#totalsOf(service).requests++;
	}

	/** Where a packet goes is looked at until it is known, at each try of a handshake, and now and then in UDP. */
	#isFollowed(
		{ flow, checkedMs }: Tracked,
		{ protocol, from, flags, chunk }: ModelPacket,
		nowMs: number,
	): boolean {
		if (from === "endpoint") return false;
		if (flow.endpoint === undefined) return true;
		if (protocol === "tcp") return flags.includes("S");
		return protocol === "sctp" ? chunk === "INIT" : nowMs - checkedMs > UDP_RECHECK_MS;
	}

	#follow(tracked: Tracked, packet: ModelPacket, nowMs: number): void {
		if (tracked.flow.endpoint !== undefined) this.#book(tracked);
		this.#count(tracked, packet);
		tracked.checkedMs = nowMs;
		tracked.flow.endpoint = packet.onward ?? tracked.flow.endpoint;
	}

	#count({ waiting, service }: Tracked, { bytes }: ModelPacket): void {
		for (const sum of [waiting, this.#totalsOf(service)]) {
			sum.packets++;
			sum.bytes += bytes;
		}
	}

	/** `origin`: of the ICMP message. */
	unreachable(packet: ModelPacket, origin: ErrorOrigin): void {
		const tracked = this.#find(packet);
		if (!tracked) return;
		const hadError = tracked.flow.error;
		afterUnreachable(tracked.flow, tracked.protocol, origin);
		if (tracked.flow.error && !hadError) this.#countError(tracked);
	}

	poll(nowMs: number): void {
		for (const [key, tracked] of this.flows) {
			const isUnknown = tracked.flow.endpoint === undefined;
			if (!isUnknown || nowMs - tracked.openedMs >= UNKNOWN_AFTER_MS) this.#book(tracked);
			if (this.#age(tracked, nowMs) === "remove") {
				this.#book(tracked);
				this.flows.delete(key);
			}
		}
	}

	#age(tracked: Tracked, nowMs: number): "remove" | undefined {
		const { flow, openedMs, seenMs } = tracked;
		if (flow.state === "opening") {
			if (nowMs - openedMs <= this.#timeouts.handshake) return undefined;
			if (fail(flow, "timeout", silentSide(flow))) this.#countError(tracked);
			flow.state = "closed";
			return undefined;
		}
		const isIdle = nowMs - seenMs > this.#patience(tracked);
		if (isIdle && flow.expired) return "remove";
		flow.expired = isIdle;
		return undefined;
	}

	#patience({ flow, protocol }: Tracked): number {
		if (flow.state === "closing") return this.#timeouts.closing;
		if (flow.state !== "active") return mayStillOpen(flow) ? FAILED_KNOWN_MS : LATE_PACKETS_MS;
		// Neither opened nor answered: it may be a stray packet.
		return protocol === "tcp" && isHearsay(flow) ? this.#timeouts.handshake : this.#timeouts[protocol];
	}

	/** Moves what waits to its pair. */
	#book({ flow, service, client, waiting }: Tracked): void {
		if (waiting.packets === 0) return;
		const key = `${service} ${client} ${flow.endpoint ?? "unknown"}`;
		const pair = this.pairs.get(key) ?? { packets: 0, bytes: 0 };
		pair.packets += waiting.packets;
		pair.bytes += waiting.bytes;
		this.pairs.set(key, pair);
		waiting.packets = 0;
		waiting.bytes = 0;
	}

	#countError({ service, flow }: Tracked): void {
		const { reason, origin } = flow.error as { reason: ErrorReason; origin: ErrorOrigin };
		const key = `${service}: ${reason} by ${origin}`;
		this.errors.set(key, (this.errors.get(key) ?? 0) + 1);
	}

	#totalsOf(service: string): Traffic & { requests: number } {
		const known = this.totals.get(service) ?? { packets: 0, bytes: 0, requests: 0 };
		this.totals.set(service, known);
		return known;
	}

	#find(packet: ModelPacket): Tracked | undefined {
		return this.flows.get(keyOf(packet));
	}

	#open(packet: ModelPacket, nowMs: number): Tracked {
		const { family, protocol, client, handshake } = packet;
		const flow = newFlow();
		flow.handshake = handshake;
		const tracked = {
			flow,
			service: `${protocol} ${family}`,
			protocol,
			client,
			openedMs: nowMs,
			seenMs: nowMs,
			checkedMs: 0,
			waiting: { packets: 0, bytes: 0 },
		};
		this.flows.set(keyOf(packet), tracked);
		return tracked;
	}
}

export function isHearsay({ isRequest, answered }: ModelFlow): boolean {
	return !isRequest && !answered;
}

/** In the words of `lbscope dump`. */
export function keyOf({ family, protocol, client, port }: ModelPacket): string {
	return `${protocol} ${hostPort(client, port)} ${hostPort(VIP[family], SERVICE_PORT)}`;
}
