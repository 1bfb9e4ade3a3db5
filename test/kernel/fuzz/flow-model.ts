/**
 * What the contract says of one flow, in plain words of TypeScript: which packets make it a request, what its state is,
 * and how it ends badly. Written from the contract, not from the programs.
 */
import type { ErrorOrigin, ErrorReason } from "../../../src/model/reading.ts";
import type { ChunkName } from "../packets/transport.ts";

export type Side = "client" | "endpoint";
export type State = "new" | "opening" | "active" | "closing" | "closed";

export interface ModelFlow {
	state: State;
	/** Begun by a SYN, an INIT, or a datagram of the client: only then a request, and only then it can be an error. */
	isRequest: boolean;
	answered: boolean;
	finished: Set<Side>;
	error: { readonly reason: ErrorReason; readonly origin: ErrorOrigin } | undefined;
	/** Of the SYN or INIT that began it. */
	handshake: number | undefined;
	/** In an established connection: a SYN of another handshake, to which the endpoint has not said anything yet. */
	wasAskedAnew: boolean;
	/** A walk found it idle, and it has been silent since. */
	expired: boolean;
	endpoint: string | undefined;
}

export function newFlow(): ModelFlow {
	return {
		state: "new",
		isRequest: false,
		answered: false,
		finished: new Set(),
		error: undefined,
		handshake: undefined,
		wasAskedAnew: false,
		expired: false,
		endpoint: undefined,
	};
}

/** Each request is at most one error. */
export function fail(flow: ModelFlow, reason: ErrorReason, origin: ErrorOrigin): boolean {
	if (!flow.isRequest || flow.error) return false;
	flow.error = { reason, origin };
	return true;
}

/** Whose silence let a handshake fail: of the client when it was answered, of an endpoint when one was asked. */
export function silentSide(flow: ModelFlow): ErrorOrigin {
	if (flow.answered) return "client";
	return flow.endpoint === undefined ? "network" : "endpoint";
}

/** A verdict of a timer or of the network does not forbid that the handshake ends well after all. */
export function mayStillOpen({ state, error }: ModelFlow): boolean {
	return (
		state === "opening" ||
		(state === "closed" && (error?.reason === "timeout" || error?.reason === "unreachable"))
	);
}

export type TcpKind = "SYN" | "SYN-ACK" | "ACK" | "FIN" | "RST" | "nonsense";

const KINDS: Readonly<Record<string, TcpKind>> = {
	S: "SYN",
	AS: "SYN-ACK",
	A: "ACK",
	F: "FIN",
	AF: "FIN",
	R: "RST",
	AR: "RST",
};

/** Urgent, push and the ECN flags mean nothing here. */
export function kindOf(flags: string): TcpKind {
	const told = [...flags].filter((flag) => "SFRA".includes(flag)).sort();
	return KINDS[told.join("")] ?? "nonsense";
}

/** Gives "begins" when the packet begins another connection in this place. `handshake`: the SYN that it belongs to. */
export function afterTcp(
	flow: ModelFlow,
	from: Side,
	kind: TcpKind,
	handshake: number | undefined,
): "begins" | undefined {
	switch (kind) {
		case "SYN":
			return from === "client" ? afterSyn(flow, handshake) : undefined;
		case "SYN-ACK":
			return from === "endpoint" ? afterSynAck(flow, handshake) : undefined;
		case "ACK":
			afterAck(flow, from);
			return undefined;
		case "FIN":
			afterAck(flow, from);
			afterFin(flow, from);
			return undefined;
		case "RST":
			afterReset(flow, from);
			return undefined;
		default:
			return undefined;
	}
}

function afterSyn(flow: ModelFlow, handshake: number | undefined): "begins" | undefined {
	const isAgain = flow.handshake === handshake;
	if (flow.state === "new") return "begins";
	if (flow.state === "active") {
		if (!isAgain) flow.wasAskedAnew = true;
		return undefined;
	}
	if (flow.state === "opening") return isAgain ? undefined : "begins";
	return isAgain && flow.isRequest ? undefined : "begins";
}

function afterSynAck(flow: ModelFlow, handshake: number | undefined): "begins" | undefined {
	// The endpoint has forgotten the connection, and takes up the new one.
	if (flow.state === "active" && flow.wasAskedAnew && flow.handshake !== handshake) return "begins";
	if (flow.state === "new") flow.state = "opening";
	if (mayStillOpen(flow)) flow.answered = true;
	return undefined;
}

function afterAck(flow: ModelFlow, from: Side): void {
	if (flow.state === "new") flow.state = "active";
	if (flow.state === "active" && from === "endpoint") {
		flow.answered = true;
		flow.wasAskedAnew = false;
	} else if (mayStillOpen(flow) && (from === "client" || flow.answered)) flow.state = "active";
}

function afterFin(flow: ModelFlow, from: Side): void {
	if (flow.state === "closed") return;
	flow.finished.add(from);
	flow.state = flow.finished.size === 2 ? "closed" : "closing";
}

function afterReset(flow: ModelFlow, from: Side): void {
	// Direct server return: what the endpoint says is not seen, so its FIN cannot be missed.
	const isOneWay = !flow.answered && flow.finished.has("client");
	if (flow.state === "opening") fail(flow, "refused", from);
	if ((flow.state === "active" || flow.state === "closing") && !isOneWay) fail(flow, "reset", from);
	flow.state = "closed";
}

/** `expired`: silence had ended the flow before this packet. */
export function afterUdp(flow: ModelFlow, from: Side, expired: boolean): "begins" | undefined {
	if (from === "client") return flow.state === "new" || expired ? "begins" : undefined;
	flow.state = "active";
	flow.answered = true;
	return undefined;
}

/** The first chunk decides. */
export function afterSctp(
	flow: ModelFlow,
	from: Side,
	chunk: ChunkName,
	tag: number | undefined,
): "begins" | undefined {
	if (chunk === "INIT") return from === "client" ? afterInit(flow, tag) : undefined;
	(CHUNK_MEANS[chunk] ?? afterOtherChunk)(flow, from);
	return undefined;
}

type ChunkMeans = (flow: ModelFlow, from: Side) => void;

function beginUnderWay(flow: ModelFlow): void {
	if (flow.state === "new") flow.state = "opening";
}

function shutDown(flow: ModelFlow): void {
	if (flow.state !== "closed") flow.state = "closing";
}

const CHUNK_MEANS: Partial<Record<ChunkName, ChunkMeans>> = {
	INIT_ACK(flow) {
		beginUnderWay(flow);
		flow.answered = true;
	},
	COOKIE_ECHO: beginUnderWay,
	COOKIE_ACK(flow) {
		if (flow.state === "new" || mayStillOpen(flow)) flow.state = "active";
	},
	ABORT(flow, from) {
		if (flow.state !== "closed") fail(flow, "abort", from);
		flow.state = "closed";
	},
	SHUTDOWN: shutDown,
	SHUTDOWN_ACK: shutDown,
	SHUTDOWN_COMPLETE(flow) {
		flow.state = "closed";
	},
};

/** Where the answers are not seen, the client's going on is the proof of an association. */
function afterOtherChunk(flow: ModelFlow, from: Side): void {
	if (flow.state === "new" || (from === "client" && mayStillOpen(flow))) flow.state = "active";
}

function afterInit(flow: ModelFlow, tag: number | undefined): "begins" | undefined {
	const isAgain = flow.handshake === tag;
	if (flow.state === "new") return "begins";
	// The restart of an association is the same one.
	if (flow.state === "active") return undefined;
	if (flow.state === "opening") return isAgain ? undefined : "begins";
	return isAgain && flow.isRequest ? undefined : "begins";
}

/** ICMP unreachable about a packet of the flow. */
export function afterUnreachable(flow: ModelFlow, protocol: string, origin: ErrorOrigin): void {
	if (protocol === "udp") {
		if (!flow.answered) fail(flow, "unreachable", origin);
	} else if (flow.state === "opening") {
		fail(flow, "unreachable", origin);
		flow.state = "closed";
	}
}
