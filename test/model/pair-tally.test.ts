import { describe, expect, it } from "vitest";
import { pairAt, tallyPairs } from "../../src/model/pair-tally.ts";
import { pairColumns, totals } from "./readings.ts";

const ADDRESSES = Array.from({ length: 2 ** 17 }, (_, i) => String(i));

/** So many services, each with a pair of the first and of the last two addresses. */
function tallyOf(serviceCount: number) {
	const services = Array.from({ length: serviceCount }, (_, i) => totals(`service ${i}`));
	const last = String(ADDRESSES.length - 1);
	const rows = services.flatMap((_, i) => [
		[i, "0", last, 1, 1] as const,
		[i, last, String(ADDRESSES.length - 2), 1, 1] as const,
		[i, last, last, 1, 1] as const,
	]);
	const { addresses, ...columns } = pairColumns(rows);
	const numberOf = (column: Uint32Array) => column.map((index) => Number(addresses[index]));
	const pairs = {
		...columns,
		client: numberOf(columns.client),
		endpoint: numberOf(columns.endpoint),
		addresses: ADDRESSES,
	};
	return tallyPairs({ services, pairs });
}

describe("the tally of pairs", () => {
	it("keeps pairs apart, however many addresses there are", () => {
		const tally = tallyOf(1_000);
		expect(tally.length).toBe(3_000);
		expect(pairAt(tally, 2_999)).toMatchObject({ sip: "131071", dip: "131071" });
	});

	it("refuses more than it can keep apart", () => {
		const services = Array.from({ length: 2 ** 15 }, (_, i) => totals(String(i)));
		const pairs = { ...pairColumns([]), addresses: Array.from({ length: 2 ** 19 }, (_, i) => String(i)) };
		expect(tallyPairs({ services: services.slice(1), pairs }).length).toBe(0);
		expect(() => tallyPairs({ services, pairs })).toThrow(
			new RangeError(
				"Cannot tell pairs apart: 32768 services with 524288 addresses, " +
					"expected services * addresses^2 below 2^53",
			),
		);
	});
});
