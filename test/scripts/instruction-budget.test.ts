/** When a BPF program has grown too much, and how its size is taken. */
import { describe, expect, it } from "vitest";
import { findExcesses } from "../../scripts/budget/compare.ts";
import { programSizes } from "../../scripts/budget/program-sizes.ts";
import { DATA_PATH_OBJECT } from "../../src/bpf/object.ts";

const BUDGET = { walk: { instructions: 500, verified: 10_000 } };

describe("the budget", () => {
	it("has room for a fifth more, and for less", () => {
		expect(findExcesses(BUDGET, BUDGET)).toEqual([]);
		expect(findExcesses(BUDGET, { walk: { instructions: 600, verified: 12_000 } })).toEqual([]);
		expect(findExcesses(BUDGET, { walk: { instructions: 100, verified: 100 } })).toEqual([]);
	});

	it("names the program that has grown, from what to what", () => {
		expect(findExcesses(BUDGET, { walk: { instructions: 601, verified: 14_000 } })).toEqual([
			"walk has grown by 20.2 %, from 500 to 601 instructions",
			"walk has grown by 40 %, from 10000 to 14000 verified instructions",
		]);
	});

	it("is compared in what is known: nothing is verified without the rights to load", () => {
		expect(findExcesses(BUDGET, { walk: { instructions: 500, verified: undefined } })).toEqual([]);
	});

	it("is for each program, and for no other", () => {
		expect(findExcesses(BUDGET, { retire: { instructions: 1, verified: 1 } })).toEqual([
			"retire has no budget",
			"walk has a budget, but there is no such program",
		]);
	});
});

describe("the size of a program", () => {
	it("is that of each program of the object, with what it calls", () => {
		const sizes = programSizes(DATA_PATH_OBJECT);
		expect([...sizes.keys()]).toEqual(expect.arrayContaining(["ingress_ethernet", "egress_ip", "walk"]));
		expect([...sizes.keys()]).not.toContain("track_packet");
		// A sixth is its own; the rest it calls, directly and by what it calls.
		expect(sizes.get("ingress_ethernet")).toBeGreaterThan(1000);
		// By its address only does it reach the function that looks at a flow.
		expect(sizes.get("walk")).toBeGreaterThan(200);
	});
});
