/** Rows far from each other in a long table: their lines do not stand together, but are none the less all there. */
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { createRenderer } from "../../src/metrics/renderer.ts";
import { parsePage } from "../e2e/page.ts";
import { textOf } from "./render-page.ts";
import { type Series, seriesTable } from "./series-table.ts";
import { FULL } from "./snapshots.ts";

const FAMILY = "lb_rule_interaction_bytes";

/** Of each poll, the rows that are series. */
const POLLS = [
	[0, 1, 2, 40_000, 40_001, 99_999],
	[0, 2, 40_001, 70_000, 99_998, 99_999],
	[70_000],
	[],
	[1, 39_999, 70_001],
];

function seriesOf(row: number, poll: number): Series {
	return {
		labels: ["web", `10.0.${row >> 8}.${row & 255}`, "10.1.0.1"],
		bytes: 1_000 * poll + row,
		packets: 1,
	};
}

describe("rows far from each other", () => {
	it("have a line each, whichever come and go", async () => {
		const renderer = createRenderer(CATALOGUE);
		const clients = seriesTable([], {});
		let before: readonly number[] = [];
		for (const [poll, rows] of POLLS.entries()) {
			const all: (Series | undefined)[] = Array.from({ length: 100_000 });
			for (const row of rows) all[row] = seriesOf(row, poll);
			const pairs = seriesTable(all, {
				gone: before.filter((row) => !rows.includes(row)),
				come: rows.filter((row) => !before.includes(row)),
			});
			const page = parsePage(textOf(await renderer.render(FULL, { pairs, clients })));
			const shown = page.series(FAMILY).map(({ labels, value }) => [Object.values(labels), value]);
			const expected = rows.map((row) => seriesOf(row, poll)).map(({ labels, bytes }) => [labels, bytes]);
			expect(shown).toHaveLength(expected.length);
			expect(shown).toEqual(expect.arrayContaining(expected));
			before = rows;
		}
	});
});
