/** Pages of series that come, count and go, against what the table has at that moment. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { createRenderer } from "../../src/metrics/renderer.ts";
import type { Body } from "../../src/model/body.ts";
import { type Page, parsePage } from "../e2e/page.ts";
import { type ChangingTable, changingTable } from "./changing-table.ts";
import { textOf } from "./render-page.ts";
import { newTables, type Series } from "./series-table.ts";
import { FULL, NO_DATA_PATH } from "./snapshots.ts";

/** With the last one a chunk has only some dozen lines, so that tables of a few rows are several. */
const SERVICES = ["web", 'shop "A"\\B\nC', "Büro 🚀", "x".repeat(30_000)];
const DIPS = ["10.1.0.1", "2001:db8::1", "unknown"];

const value = fc.oneof(
	fc.nat(20_000),
	fc.maxSafeNat(),
	fc.constantFrom(0, 9_999, 10_000, 99_999_999, 100_000_000, 2 ** 32, 2 ** 53 - 1),
);
const poll = fc.record({
	leaving: fc.array(fc.nat(), { maxLength: 30 }),
	coming: fc.array(fc.record({ service: fc.constantFrom(...SERVICES), dip: fc.constantFrom(...DIPS) }), {
		maxLength: 40,
	}),
	values: fc.array(value, { minLength: 1, maxLength: 10 }),
	/** Whether the data path could be read. */
	isRead: fc.boolean(),
	isHeld: fc.boolean(),
});

/** Each is another one, of a length that differs. */
function clientAddress(n: number): string {
	return n % 3 === 0 ? `2001:db8::${(n * 7919).toString(16)}` : `10.${n % 200}.0.${n}`;
}

function familySeries(page: Page, name: string): string[] {
	return page
		.series(name)
		.map(({ labels, value }) => JSON.stringify([Object.values(labels), value]))
		.sort();
}

function tableSeries(table: ChangingTable, column: "bytes" | "packets"): string[] {
	return table
		.series()
		.map((series) => JSON.stringify([series.labels, series[column]]))
		.sort();
}

async function expectPages(polls: readonly (typeof poll extends fc.Arbitrary<infer T> ? T : never)[]) {
	const renderer = createRenderer(CATALOGUE);
	const [pairs, clients] = [changingTable(), changingTable()];
	const held: (() => void)[] = [];
	let [came, counted] = [0, 0];
	for (const { leaving, coming, values, isRead, isHeld } of polls) {
		const next = () => values[counted++ % values.length] as number;
		for (const table of [pairs, clients]) for (const nth of leaving) table.remove(nth);
		for (const { service, dip } of coming) {
			const sip = clientAddress(came++);
			pairs.add({ labels: [service, sip, dip], bytes: 0, packets: 0 });
			clients.add({ labels: [service, sip], bytes: 0, packets: 0 });
		}
		for (const table of [pairs, clients])
			table.count(({ labels }) => ({ labels, bytes: next(), packets: next() }));
		const body = isRead
			? await renderer.render(FULL, { pairs: pairs.read(), clients: clients.read() })
			: await renderer.render(NO_DATA_PATH, undefined);
		if (isHeld) held.push(holdAndExpectSame(body));
		const page = parsePage(textOf(body));
		const shown = (table: ChangingTable, column: "bytes" | "packets") =>
			isRead ? tableSeries(table, column) : [];
		expect(familySeries(page, "lb_rule_interaction_bytes")).toEqual(shown(pairs, "bytes"));
		expect(familySeries(page, "lb_rule_interaction_packets")).toEqual(shown(pairs, "packets"));
		expect(familySeries(page, "client_traffic_packets")).toEqual(shown(clients, "packets"));
	}
	for (const expectSame of held) expectSame();
}

/** What gives it back after later pages, and sees whether they changed it. */
function holdAndExpectSame(body: Body): () => void {
	const pieces = body.hold();
	const before = pieces.map(({ bytes }) => Buffer.from(bytes));
	return () => {
		expect(pieces.every(({ bytes }, i) => before[i]?.equals(bytes))).toBe(true);
		for (const piece of pieces) piece.release();
	};
}

describe("any succession of pages", () => {
	it("has each series of the table once, with its value, and no page that is held changes", async () => {
		await fc.assert(fc.asyncProperty(fc.array(poll, { minLength: 1, maxLength: 8 }), expectPages));
	}, 60_000);
});

describe("a page of a hundred thousand series", () => {
	const series = (n: number): Series => ({
		labels: ["web", clientAddress(n), "10.1.0.1"],
		bytes: 2 ** 33 + n,
		packets: n,
	});

	it("lets other work run while it is made", async () => {
		const pairs = Array.from({ length: 100_000 }, (_, n) => series(n));
		let turns = 0;
		const ticker = setInterval(() => turns++, 0);
		const body = await createRenderer(CATALOGUE).render(FULL, newTables(pairs, []));
		clearInterval(ticker);
		expect(turns).toBeGreaterThan(2);
		expect(textOf(body).match(/^lb_rule_interaction_bytes/gm)).toHaveLength(pairs.length);
	});
});

describe("the page before the newest", () => {
	it("cannot be held any more: it may have been written over", async () => {
		const renderer = createRenderer(CATALOGUE);
		const first = await renderer.render(NO_DATA_PATH, undefined);
		await renderer.render(NO_DATA_PATH, undefined);
		expect(() => first.hold()).toThrow("Cannot hold the page: a newer one has begun, expected the newest");
	});
});
