/** Rows of a table of connections that are found again, in whatever order a poll tells them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLegs, NO_ROW } from "../../../src/sources/loxilb/legs.ts";

const CAPACITY = 64;
/** Keys of two words, which differ in the second. */
const KEY_BYTES = 8;

function keyOf(number: number): Uint32Array {
	return Uint32Array.of(7, number);
}

/** Legs as polls tell them: each key finds the row that it had, and has a row of its own. */
function pollingLegs() {
	const forgotten: number[] = [];
	const legs = createLegs(CAPACITY, KEY_BYTES, (pair) => forgotten.push(pair));
	let number = 0;

	function see(key: number, near: number): number {
		const known = legs.find(keyOf(key), 0);
		const row = known === NO_ROW ? legs.add(keyOf(key), 0, near) : known;
		if (known === NO_ROW) legs.pair[row] = key;
		legs.seen[row] = number;
		legs.keepOrder(row);
		return row;
	}

	/** Gives the rows of the keys. */
	function poll(keys: readonly number[]): number[] {
		number++;
		legs.begin();
		let near = 0;
		const rows = keys.map((key) => {
			const row = see(key, near);
			near = row + 1;
			return row;
		});
		for (let row = 0; row < legs.length; ) row = legs.forgetUnseen(row, number);
		legs.end();
		return rows;
	}

	return { legs, forgotten, poll };
}

describe("a leg", () => {
	it.each([
		["the same order", [1, 2, 3, 4, 5, 6, 7, 8]],
		["another order", [8, 3, 1, 2, 7, 6, 5, 4]],
		["with new ones between", [1, 20, 2, 3, 21, 22, 4, 5, 6, 7, 8, 23]],
		["without many of them", [1, 8]],
		["one of them twice", [1, 2, 3, 2, 4, 5, 6, 7, 8]],
	])("is found again in %s", (_, keys) => {
		const { poll } = pollingLegs();
		const first = [1, 2, 3, 4, 5, 6, 7, 8];
		const rows = poll(first);
		const rowOf = new Map(first.map((key, i) => [key, rows[i]]));
		const again = poll(keys);
		const [known, fresh] = [keys.filter((key) => rowOf.has(key)), keys.filter((key) => !rowOf.has(key))];
		expect(known.map((key) => again[keys.indexOf(key)])).toEqual(known.map((key) => rowOf.get(key)));
		expect(fresh.filter((key) => rows.includes(again[keys.indexOf(key)] ?? NO_ROW))).toEqual([]);
	});

	it("that a poll has not seen is forgotten, and its pair told", () => {
		const { poll, legs, forgotten } = pollingLegs();
		poll([1, 2, 3]);
		poll([1, 3]);
		expect(forgotten).toEqual([2]);
		expect(legs.find(keyOf(2), 0)).toBe(NO_ROW);
	});

	it("that another one has followed in its place is not taken for it", () => {
		const { poll } = pollingLegs();
		poll([1, 2, 3]);
		poll([1, 3]);
		const [, , back] = poll([1, 3, 4]);
		expect(poll([2, 1, 3, 4])[0]).not.toBe(back);
	});

	it("has a row of its own, whatever came and went", () => {
		const polls = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }), {
			minLength: 2,
			maxLength: 12,
		});
		fc.assert(
			fc.property(polls, (each) => {
				const { poll } = pollingLegs();
				let before = new Map<number, number>();
				for (const keys of each) {
					const rows = poll(keys);
					expect(new Set(rows).size).toBe(keys.length);
					const stayed = keys.filter((key) => before.has(key));
					expect(stayed.map((key) => rows[keys.indexOf(key)])).toEqual(stayed.map((key) => before.get(key)));
					before = new Map(keys.map((key, i) => [key, rows[i] as number]));
				}
			}),
		);
	});
});
