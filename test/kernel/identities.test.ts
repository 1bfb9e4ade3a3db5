/**
 * What holds after any packets: totals = pairs + pending + overflow, errors <= requests, and the walk counts the states
 * that the flow table shows. In tables that are far too small and with timeouts that are far too short.
 */
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { anySteps, type Step, send } from "./random-packets.ts";
import { pairsOf } from "./seen.ts";
import { type TestPath, type TestPathOptions, type TestReading, withTestPath } from "./test-path.ts";

const RUNS = { numRuns: 100 };
const LIMIT_MS = 40;
const HASTY = {
	tcpHandshakeMs: LIMIT_MS,
	tcpEstablishedMs: LIMIT_MS,
	tcpClosingMs: LIMIT_MS,
	udpMs: LIMIT_MS,
	sctpMs: LIMIT_MS,
};

type Row = Record<string, unknown>;

function sum<T>(rows: readonly T[], countOf: (row: T) => number): number {
	return rows.reduce((total, row) => total + countOf(row), 0);
}

async function take(path: TestPath, step: Step): Promise<void> {
	if (step === "wait") await sleep(LIMIT_MS + 10);
	else if (step === "read") await path.read();
	else if (step === "release") await path.release(({ slot }) => Number(slot) % 2 === 0);
	else send(path, step);
}

function expectNothingLost(path: TestPath, reading: TestReading, flows: readonly Row[]): void {
	const pairs = pairsOf(reading);
	const { slots } = path.table.sums();
	reading.services.forEach(({ label, packets, bytes }, slot) => {
		const own = pairs.filter(({ service }) => service === label);
		const waiting = flows.filter((flow) => flow.slot === slot);
		const gone = slots[slot]?.retired.pair ?? { packets: 0, bytes: 0 };
		expect(
			sum(own, (pair) => pair.packets) + gone.packets + sum(waiting, (flow) => Number(flow.pendingPackets)),
		).toBe(packets);
		expect(
			sum(own, (pair) => pair.bytes) + gone.bytes + sum(waiting, (flow) => Number(flow.pendingBytes)),
		).toBe(bytes);
	});
}

/** A TCP flow that was neither opened nor answered may be no connection at all. */
function isActive({ state, marks, protocol }: Row): boolean {
	const has = (mark: string) => (marks as string[]).includes(mark);
	return state === "active" && !has("expired") && (protocol !== "tcp" || has("counted") || has("answered"));
}

function expectStatesCounted({ flows: counts }: TestReading, flows: readonly Row[]): void {
	const active = flows.filter(isActive);
	const of = (protocol: string) => active.filter((flow) => flow.protocol === protocol).length;
	expect(counts.active).toEqual({ tcp: of("tcp"), udp: of("udp"), sctp: of("sctp") });
	expect(counts.inactive).toBe(flows.length - active.length);
}

/** Rows that stand for no connection yet: the kernel counts them as they come and go. */
function isEmbryo({ state, marks, error }: Row): boolean {
	const has = (mark: string) => (marks as string[]).includes(mark);
	if (state === "active") return !has("counted") && !has("answered") && !has("leg");
	if (state !== "closed") return state === "new" || state === "opening";
	return ["refused", "timeout", "unreachable"].includes(String(error).split(" ")[0] ?? "");
}

async function expectRowsCounted(path: TestPath, flows: readonly Row[]): Promise<void> {
	expect(await path.flowRoom()).toEqual({ rows: flows.length, embryos: flows.filter(isEmbryo).length });
}

function expectErrorsWithinRequests({ services }: TestReading): void {
	for (const { requests, errors } of services)
		expect(sum(errors, ({ count }) => count)).toBeLessThanOrEqual(requests);
}

async function expectIdentities(path: TestPath): Promise<void> {
	const reading = await path.read();
	const flows = await path.rowsOf("flows");
	expectNothingLost(path, reading, flows);
	await expectRowsCounted(path, flows);
	expectStatesCounted(reading, flows);
	expectErrorsWithinRequests(reading);
}

const TABLES: readonly { what: string; options: TestPathOptions }[] = [
	{ what: "with room for all, and time", options: {} },
	{ what: "with 16 flows", options: { flows: 16 } },
	{ what: "with one pair", options: { pairs: 1 } },
	{ what: "with 16 flows, 2 pairs and no time", options: { flows: 16, pairs: 2, timeouts: HASTY } },
];

for (const { what, options } of TABLES) {
	describeInKernel(`the data path ${what}`, () => {
		const path = withTestPath(options);

		test("loses no packet, counts no error twice, and knows its flows", async () => {
			await path().read();
			await fc.assert(
				fc.asyncProperty(anySteps, async (steps) => {
					await path().clear();
					for (const step of steps) await take(path(), step);
					await expectIdentities(path());
				}),
				RUNS,
			);
		});
	});
}
