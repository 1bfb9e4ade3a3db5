/** A verdict from what clients experience. */
import type { Handshakes } from "../model/handshakes.ts";
import type { Protocol } from "../model/service.ts";

export interface PassiveVerdict {
	/** Undefined: nothing is known, or not enough. */
	readonly healthy: boolean | undefined;
	readonly reason: string;
}

const UNKNOWN: PassiveVerdict = { healthy: undefined, reason: "" };

const WORDS: Readonly<Record<string, string>> = {
	refused: "refused",
	timeout: "not answered",
	unreachable: "told to be unreachable",
	abort: "aborted",
};

export function passiveVerdict(
	handshakes: Handshakes | undefined,
	protocol: Protocol,
	fall: number,
): PassiveVerdict {
	if (handshakes === undefined) return UNKNOWN;
	const { failed, reason, completed } = handshakes;
	// Where nobody ever answers, as with syslog, nothing would tell that the endpoint is well again.
	if (protocol === "udp" && !completed) return UNKNOWN;
	if (failed >= fall)
		return { healthy: false, reason: `the last ${failed} connects of clients failed: ${wordFor(reason)}` };
	return completed ? { healthy: true, reason: "a client has got through" } : UNKNOWN;
}

function wordFor(reason: string | undefined): string {
	return WORDS[reason ?? ""] ?? "reason not known";
}
