import { describe, expect, it } from "vitest";
import { createLightRows, guessBound } from "../../src/model/light-rows.ts";
import { createRandom } from "./random.ts";

const ROWS = 30_000;
const MOST = ROWS / 16;
const random = createRandom(3);

/** The rows with the least weight, as sorting gives them. */
function leastOf(weights: readonly number[], count: number): number[] {
	const rows = [...weights.keys()].sort((a, b) => (weights[a] ?? 0) - (weights[b] ?? 0) || a - b);
	return rows.slice(0, count).sort((a, b) => a - b);
}

function offerAll(weights: readonly number[], bound: number) {
	const light = createLightRows(MOST, bound);
	const rows = Uint32Array.from(weights, (_, row) => row);
	for (let from = 0; from < rows.length; from += 1_000) {
		const [some, their] = [
			rows.subarray(from, from + 1_000),
			Float64Array.from(weights.slice(from, from + 1_000)),
		];
		light.offer(some, their, some.length);
	}
	return light;
}

describe.each([
	["differ", Array.from({ length: ROWS }, () => 1e12 * random())],
	["are few, many rows have each", Array.from({ length: ROWS }, () => Math.floor(20 * random()))],
	["have a period", Array.from({ length: ROWS }, (_, row) => (row % 8) * 1e6 + Math.floor(1e5 * random()))],
	["are equal but for some, as in a flood", Array.from({ length: ROWS }, () => (random() < 0.9 ? 40 : 1e9))],
])("rows whose weights %s", (_, weights) => {
	it("are guessed so that those with the least are among those kept, without a second look", async () => {
		const light = offerAll(
			weights,
			guessBound(ROWS, MOST, (row) => weights[row]),
		);
		expect(light.suffice(MOST)).toBe(true);
		const { rows, greatest } = await light.least(MOST);
		expect([...rows].sort((a, b) => a - b)).toEqual(leastOf(weights, MOST));
		expect(greatest).toBe(Math.max(...leastOf(weights, MOST).map((row) => weights[row] ?? 0)));
	});

	it("are all kept when there is no bound", async () => {
		const { rows } = await offerAll(weights, Number.POSITIVE_INFINITY).least(MOST);
		expect([...rows].sort((a, b) => a - b)).toEqual(leastOf(weights, MOST));
	});
});

it("a guess that was too low shows", () => {
	const light = offerAll([5, 6, 7, 8], 6);
	expect([light.suffice(2), light.suffice(3)]).toEqual([true, false]);
});

it("no guess is made of fewer rows than are asked for", () => {
	const bound = guessBound(100, 50, (row) => (row < 40 ? row : undefined));
	expect(bound).toBe(Number.POSITIVE_INFINITY);
});
