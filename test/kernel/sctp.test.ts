/** SCTP associations, each as a script of first chunks: see conversation.ts. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { converse, outcomeOf } from "./conversation.ts";
import { withTestPath } from "./test-path.ts";

const UP = ">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK";
const DOWN = ">SHUTDOWN <SHUTDOWN_ACK >SHUTDOWN_COMPLETE";

/** What happens; script; state afterwards; requests; errors. */
const ROWS: readonly [string, string, string, number, string[]][] = [
	["INIT opens", ">INIT", "opening", 1, []],
	["INIT_ACK answers", ">INIT <INIT_ACK", "opening", 1, []],
	["COOKIE_ECHO is not yet the end of the handshake", ">INIT <INIT_ACK >COOKIE_ECHO", "opening", 1, []],
	["COOKIE_ACK establishes", UP, "active", 1, []],
	["data and heartbeats change nothing", `${UP} >DATA <SACK <HEARTBEAT`, "active", 1, []],
	["one-way: the client's next chunk stands for COOKIE_ACK", ">INIT >COOKIE_ECHO >DATA", "active", 1, []],
	["INIT is retransmitted", ">INIT >INIT <INIT_ACK", "opening", 1, []],
	["an association restarts", `${UP} >INIT#2 <INIT_ACK`, "active", 1, []],
	["SHUTDOWN by the client", `${UP} >SHUTDOWN`, "closing", 1, []],
	["SHUTDOWN by the endpoint", `${UP} <SHUTDOWN >SHUTDOWN_ACK`, "closing", 1, []],
	["shut down by the client", `${UP} ${DOWN}`, "closed", 1, []],
	["shut down by the endpoint", `${UP} <SHUTDOWN >SHUTDOWN_ACK <SHUTDOWN_COMPLETE`, "closed", 1, []],
	["late chunks change nothing", `${UP} ${DOWN} <SHUTDOWN_ACK >DATA <COOKIE_ACK`, "closed", 1, []],
	["refused by the endpoint", ">INIT <ABORT", "closed", 1, ["abort by endpoint"]],
	["given up by the client", ">INIT <INIT_ACK >ABORT", "closed", 1, ["abort by client"]],
	["aborted by the endpoint", `${UP} <ABORT`, "closed", 1, ["abort by endpoint"]],
	["aborted by the client", `${UP} >ABORT`, "closed", 1, ["abort by client"]],
	["aborted by both is one error", `${UP} >ABORT <ABORT`, "closed", 1, ["abort by client"]],
	["aborted while it shuts down", `${UP} >SHUTDOWN <ABORT`, "closed", 1, ["abort by endpoint"]],
	["aborted after its end is no error", `${UP} ${DOWN} <ABORT`, "closed", 1, []],
	["the ports are used again", `${UP} ${DOWN} >INIT#2`, "opening", 2, []],
	[
		"the ports are used again after an abort",
		">INIT <ABORT >INIT#2 <ABORT",
		"closed",
		2,
		["abort by endpoint", "abort by endpoint"],
	],
	["a late duplicate of INIT is no reuse", `${UP} ${DOWN} >INIT`, "closed", 1, []],
	["picked up by data", ">DATA", "active", 0, []],
	["picked up by data, and aborted", "<DATA <ABORT", "closed", 0, []],
	["picked up in the handshake", "<INIT_ACK >COOKIE_ECHO <COOKIE_ACK", "active", 0, []],
	["an abort of nothing", ">ABORT", "closed", 0, []],
	["an INIT from the endpoint opens nothing", "<INIT", "new", 0, []],
];

describeInKernel("SCTP", () => {
	const path = withTestPath();

	test.each(ROWS)("%s: %s", async (_, script, state, requests, errors) => {
		converse(path(), "sctp", script);
		expect(await outcomeOf(path())).toEqual({ states: [state], requests, errors });
	});
});
