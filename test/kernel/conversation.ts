/**
 * Conversations in one line each: `>S <SA >A` is a TCP handshake. `>` is from the client (at ingress), `<` to the client
 * (at egress). TCP: letters of the flags, `0` for none, `#2` for another initial sequence number. SCTP: name of the first
 * chunk, `#2` for another initiate tag. UDP: `data`.
 */
import type { Protocol } from "../../src/model/service.ts";
import { type Family, type Leg, onLeg, sctpOn, tcpOn, udpOn } from "./cast.ts";
import type { Layer } from "./packets/packet.ts";
import { CHUNKS, type ChunkName } from "./packets/transport.ts";
import { errorsOf, requestsOf } from "./seen.ts";
import type { TestPath } from "./test-path.ts";

export function converse(path: TestPath, protocol: Protocol, script: string, family: Family = "IPv4"): void {
	for (const word of script.split(" ").filter(Boolean)) say(path, protocol, word, family);
}

function say(path: TestPath, protocol: Protocol, word: string, family: Family): void {
	const [, arrow, name = "", number = "1"] = /^([<>])([^#]+)(?:#(\d+))?$/.exec(word) ?? [];
	const leg = arrow === ">" ? "client to VIP" : "VIP to client";
	const frame = onLeg(leg, family, transportOf(protocol, leg, name, Number(number)));
	if (arrow === ">") path.ingress(frame);
	else path.egress(frame);
}

function transportOf(protocol: Protocol, leg: Leg, name: string, number: number): Layer {
	if (protocol === "udp") return udpOn(leg);
	if (protocol === "tcp") {
		return tcpOn(leg, { flags: name, sequence: 1000 * number, acknowledged: 1000 * number + 1 });
	}
	if (!(name in CHUNKS)) throw new RangeError(`there is no chunk ${name}`);
	return sctpOn(leg, { chunk: name as ChunkName, tag: 5, initiateTag: number });
}

export interface Outcome {
	/** Of each flow. */
	readonly states: unknown[];
	readonly requests: number;
	readonly errors: string[];
}

export async function outcomeOf(path: TestPath): Promise<Outcome> {
	const reading = await path.read();
	const flows = await path.rowsOf("flows");
	return {
		states: flows.map(({ state }) => state),
		requests: requestsOf(reading),
		errors: errorsOf(reading),
	};
}
