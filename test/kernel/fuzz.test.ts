/**
 * Random traffic through the programs and through a model of the contract: all maps have to say the same. Time is the
 * test's own, so that timeouts are exact and nothing waits. LBSCOPE_FUZZ_SEED repeats a run, LBSCOPE_FUZZ_RUNS makes it longer.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { Model } from "./fuzz/model.ts";
import { counted, modelled, play } from "./fuzz/play.ts";
import { withReplayPath } from "./fuzz/replay-path.ts";
import { anyTraffic } from "./fuzz/scripts.ts";

const TIMEOUTS = {
	tcpHandshakeMs: 30_000,
	tcpEstablishedMs: 120_000,
	tcpClosingMs: 60_000,
	udpMs: 30_000,
	sctpMs: 100_000,
};
const HOUR_MS = 3_600_000;

const seed = Number(process.env.LBSCOPE_FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.LBSCOPE_FUZZ_RUNS ?? 250);

describeInKernel("the programs and the contract", () => {
	const path = withReplayPath(TIMEOUTS);

	test(`agree about random traffic (seed ${seed})`, async () => {
		console.log(`fuzz: seed ${seed}, ${numRuns} runs`);
		const { tcpHandshakeMs, tcpEstablishedMs, tcpClosingMs, udpMs, sctpMs } = TIMEOUTS;
		const timeouts = {
			handshake: tcpHandshakeMs,
			closing: tcpClosingMs,
			tcp: tcpEstablishedMs,
			udp: udpMs,
			sctp: sctpMs,
		};
		await fc.assert(
			fc.asyncProperty(anyTraffic, async (events) => {
				await path().clear();
				path().nowMs += HOUR_MS;
				const model = new Model(timeouts);
				await play(path(), model, events);
				const expected = modelled(model);
				expect(await counted(path())).toEqual(expected);
			}),
			{ seed, numRuns },
		);
	});
});
