/** TCP flows, each as a script of packets: see conversation.ts. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { FAMILIES } from "./cast.ts";
import { converse, outcomeOf } from "./conversation.ts";
import { trafficOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const OPEN = ">S <SA >A";
const CLOSED_BY_BOTH = `${OPEN} >FA <FA >A`;

/** What happens; script; state afterwards; requests; errors. */
type Row = readonly [string, string, string, number, string[]];

const OPENING: readonly Row[] = [
	["a SYN", ">S", "opening", 1, []],
	["a SYN that wants ECN", ">SEC", "opening", 1, []],
	["a SYN and its answer", ">S <SA", "opening", 1, []],
	["a handshake", OPEN, "active", 1, []],
	["a handshake that ends with data", ">S <SA >PA", "active", 1, []],
	["a retransmitted SYN", ">S >S >S <SA >A", "active", 1, []],
	["a retransmitted SYN-ACK", ">S <SA <SA >A <SA", "active", 1, []],
	["a challenge ACK instead of an answer", ">S <A", "opening", 1, []],
	["data from the endpoint, the client's ACK lost on its way here", ">S <SA <PA", "active", 1, []],
	["a SYN into an established connection", `${OPEN} >S#2`, "active", 1, []],
];

const CLOSING: readonly Row[] = [
	["the client closes", `${OPEN} >FA`, "closing", 1, []],
	["the endpoint closes", `${OPEN} <FA`, "closing", 1, []],
	["the client closes, then the endpoint", `${OPEN} >FA <A <FA >A`, "closed", 1, []],
	["the endpoint closes, then the client", `${OPEN} <FA >A >FA <A`, "closed", 1, []],
	["a half-closed connection carries data", `${OPEN} >FA <PA <PA >A`, "closing", 1, []],
	["a FIN is retransmitted", `${OPEN} >FA >FA >FA`, "closing", 1, []],
	["late packets of a closed connection", `${CLOSED_BY_BOTH} >A <A <FA`, "closed", 1, []],
	["a reset behind both FINs", `${CLOSED_BY_BOTH} >R`, "closed", 1, []],
	["the FIN ends the handshake, too", ">S <SA >FA <FA", "closed", 1, []],
];

const BROKEN: readonly Row[] = [
	["refused by the endpoint", ">S <RA", "closed", 1, ["refused by endpoint"]],
	["given up by the client before the answer", ">S >R", "closed", 1, ["refused by client"]],
	["given up by the client after the answer", ">S <SA >R", "closed", 1, ["refused by client"]],
	["reset by the endpoint", `${OPEN} <R`, "closed", 1, ["reset by endpoint"]],
	["reset by the client", `${OPEN} >RA`, "closed", 1, ["reset by client"]],
	["reset by the endpoint behind its own FIN", `${OPEN} <FA <R`, "closed", 1, ["reset by endpoint"]],
	["reset by the endpoint behind the client's FIN", `${OPEN} >FA <R`, "closed", 1, ["reset by endpoint"]],
	["reset by the client behind the endpoint's FIN", `${OPEN} <FA >R`, "closed", 1, ["reset by client"]],
	["reset by both is one error", `${OPEN} >R <R >R`, "closed", 1, ["reset by client"]],
];

const REUSED: readonly Row[] = [
	["of a closed connection", `${CLOSED_BY_BOTH} >S#2 <SA >A`, "active", 2, []],
	["of one that is closing", `${OPEN} >FA >S#2`, "opening", 2, []],
	["of a refused one", ">S <RA >S#2 <RA", "closed", 2, ["refused by endpoint", "refused by endpoint"]],
	[
		"of a reset one, which then goes well",
		`${OPEN} <R ${OPEN.replace("S", "S#2")}`,
		"active",
		2,
		["reset by endpoint"],
	],
	["of an established one that the endpoint still knows", `${OPEN} >S#2 <A`, "active", 1, []],
	["of an established one, then reset", `${OPEN} >S#2 <A >R >S#2 <SA#2 >A`, "active", 2, ["reset by client"]],
	["of an established one that the endpoint has forgotten", `${OPEN} >S#2 <SA#2`, "opening", 2, []],
	[
		"of a forgotten one, with retransmissions",
		`${OPEN} >S#2 <SA#2 >S#2 <SA#2 >A >S#2 <SA#2`,
		"active",
		2,
		[],
	],
	["of one still opening: given up and tried again", ">S >S#2 <SA#2 >A", "active", 2, ["timeout by network"]],
	["of an established one, and a late SYN-ACK of the first", `${OPEN} >S#2 <SA >A`, "active", 1, []],
	["with the same number is a late duplicate", `${CLOSED_BY_BOTH} >S`, "closed", 1, []],
	["retransmitted is one request", `${CLOSED_BY_BOTH} >S#2 >S#2 <SA >A`, "active", 2, []],
	["closed and the SYN once more", `${CLOSED_BY_BOTH} >S#2 <SA >A >FA <FA >S#2`, "closed", 2, []],
	[
		"three times",
		`${CLOSED_BY_BOTH} >S#2 >R >S#3 >R`,
		"closed",
		3,
		["refused by client", "refused by client"],
	],
];

const MIDSTREAM: readonly Row[] = [
	["an ACK", ">A", "active", 0, []],
	["data from the endpoint", "<PA", "active", 0, []],
	["a SYN-ACK without SYN", "<SA", "opening", 0, []],
	["a handshake without SYN", "<SA >A", "active", 0, []],
	["a FIN", ">FA", "closing", 0, []],
	["a reset", ">R", "closed", 0, []],
	["a reset by the endpoint", "<RA", "closed", 0, []],
	["a connection that is then reset", ">A <A >R", "closed", 0, []],
	["a connection that ends, and a new one", ">A >FA <FA >S <SA >A", "active", 1, []],
	["a reset, and a new connection", ">R >S <RA", "closed", 1, ["refused by endpoint"]],
];

const SENSELESS: readonly Row[] = [
	["no flags", ">0", "new", 0, []],
	["SYN and FIN", ">SF", "new", 0, []],
	["SYN and RST", ">SR", "new", 0, []],
	["all flags", ">FSRPAU", "new", 0, []],
	["FIN and RST", ">FR", "new", 0, []],
	["a SYN from the endpoint", "<S", "new", 0, []],
	["a SYN-ACK from the client", ">SA", "new", 0, []],
	["SYN and FIN into an established connection", `${OPEN} >SF`, "active", 1, []],
	["SYN and RST into an established connection", `${OPEN} <SR`, "active", 1, []],
	["no flags, then a connection", ">0 >S#2 >S#2 <SA >A >FA <FA >S#2", "closed", 1, []],
];

/** Direct server return: the endpoint answers past the load balancer. */
const ONE_WAY: readonly Row[] = [
	["a connection", ">S >A", "active", 1, []],
	["data", ">S >A >PA >A", "active", 1, []],
	["the client closes", ">S >A >PA >FA >A", "closing", 1, []],
	["the client closes, then resets what still comes", ">S >A >FA >R", "closed", 1, []],
	["the client resets", ">S >A >R", "closed", 1, ["reset by client"]],
	["the client gives up", ">S >S >R", "closed", 1, ["refused by client"]],
];

describeInKernel("TCP", () => {
	const path = withTestPath();

	test.each([
		...titled("opening", OPENING),
		...titled("closing", CLOSING),
		...titled("broken", BROKEN),
		...titled("a SYN on the ports", REUSED),
		...titled("picked up under way", MIDSTREAM),
		...titled("senseless", SENSELESS),
		...titled("one-way", ONE_WAY),
	])("%s: %s", async (_, script, state, requests, errors) => {
		converse(path(), "tcp", script);
		expect(await outcomeOf(path())).toEqual({ states: [state], requests, errors });
	});

	test.each(FAMILIES)("every packet of a conversation is counted, whatever it means (%s)", async (family) => {
		const script = ">S <SA >A >PA <PA >SF <0 >R >R";
		converse(path(), "tcp", script, family);
		const packets = script.split(" ").length;
		const size = family === "IPv4" ? 40 : 60;
		expect(trafficOf(await path().read())).toEqual({ [`tcp ${family}`]: { packets, bytes: packets * size } });
	});
});

function titled(title: string, rows: readonly Row[]): Row[] {
	return rows.map(([what, ...rest]) => [`${title}: ${what}`, ...rest]);
}
