/** Pages of the table of pairs as it is: what its series are called is told in words, and here in strings. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { createRenderer } from "../../src/metrics/renderer.ts";
import { parsePage } from "../e2e/page.ts";
import { type PairKey, pair, type Traffic, tableOf } from "../model/pair-batch.ts";
import { textOf } from "./render-page.ts";
import { FULL } from "./snapshots.ts";

const FAMILY = "lb_rule_interaction_bytes";
/** With one that is never absent. */
const FAMILIES = CATALOGUE.filter(({ name }) => [FAMILY, "lb_rule_count"].includes(name));
const SERVICES = ["web", 'shop "A"\\B\nC', "Büro 🚀", "10.0.0.1:53/udp"];
const ENDPOINTS = ["10.2.0.1", "10.2.0.200", "2001:db8::1"];
const CLIENTS = [
	"1.2.3.4",
	"10.0.0.1",
	"10.20.30.40",
	"192.168.100.200",
	"2001:db8::1",
	"::",
	"2001:db8:1:2:3:4:5:6",
];

const rows = fc
	.uniqueArray(
		fc.record({
			slot: fc.nat(SERVICES.length - 1),
			client: fc.constantFrom(...CLIENTS),
			endpoint: fc.constantFrom(...ENDPOINTS),
			packets: fc.nat(2 ** 40),
		}),
		{ selector: ({ slot, client, endpoint }) => `${slot} ${client} ${endpoint}`, maxLength: 60 },
	)
	.map((keys) => keys.map(({ slot, packets, ...key }) => pair(slot, 10 * packets, key)));

function linesOf(told: readonly (PairKey & Traffic)[]): string[] {
	return told
		.map(({ slot, client, endpoint, bytes }) => JSON.stringify([[SERVICES[slot], client, endpoint], bytes]))
		.sort();
}

describe("a page of pairs that come and go", () => {
	it("calls each what the kernel's key says", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 6 }), async (polls) => {
				const table = tableOf({ room: 100 });
				const renderer = createRenderer(FAMILIES);
				for (const told of polls) {
					table.rows.hold(told);
					table.begin(SERVICES);
					table.rows.tell(table);
					await table.end();
					const page = parsePage(textOf(await renderer.render(FULL, table)));
					const lines = page
						.series(FAMILY)
						.map(({ labels, value }) => JSON.stringify([Object.values(labels), value]));
					expect(lines.sort()).toEqual(linesOf(told));
				}
			}),
		);
	});
});
