/** What a query has to give. */
import { expect } from "vitest";
import type { Api, Sample } from "./api.ts";

export type Expectation =
	| { readonly is: "nothing"; readonly though: string }
	| { readonly is: "maybe"; readonly from: number; readonly to: number; readonly though: string }
	| { readonly is: "one"; readonly value: number; readonly within: number }
	| { readonly is: "between"; readonly from: number; readonly to: number; readonly count?: number }
	| {
			readonly is: "by";
			readonly labels: readonly string[];
			readonly values: Values;
			readonly options: ByOptions;
	  };

export type Values = Readonly<Record<string, number>>;

interface ByOptions {
	/** Relative. */
	readonly within: number;
	/** Results of topk(): the smallest of the values may be missing. */
	readonly top?: number;
	/** Beginnings of keys of which the truth is not known. */
	readonly unknown?: readonly string[];
}

/** Prometheus extends a rate by up to 1.1 scrapes beyond the last of its samples, of which there are some 30 here. */
export const EXTENDED = 0.05;
/** Of series that appear with their first bytes, which rate() does not see. */
export const BORN = 0.25;

/** Empty, though what it filters is not. */
export function nothing(though: string): Expectation {
	return { is: "nothing", though };
}

/** Each of them, if there are any: of trends of so short a time nobody knows. */
export function maybe(though: string, from: number, to: number): Expectation {
	return { is: "maybe", though, from, to };
}

export function one(value: number, within = EXTENDED): Expectation {
	return { is: "one", value, within };
}

/** Each of them; any number of series but none, unless told. */
export function between(from: number, to: number, count?: number): Expectation {
	return { is: "between", from, to, ...(count === undefined ? {} : { count }) };
}

/** By the values of the labels, with a space between. What has none in `values` is 0. */
export function by(labels: readonly string[], values: Values, options: Partial<ByOptions> = {}): Expectation {
	return { is: "by", labels, values, options: { within: EXTENDED, ...options } };
}

export async function expectAnswer(api: Api, promql: string, atSeconds: number, expected: Expectation) {
	const samples = await api.query(promql, atSeconds);
	for (const { value } of samples) expect(value, "a number").not.toBeNaN();
	if (expected.is === "nothing" || expected.is === "maybe") {
		expect(await api.query(expected.though, atSeconds), expected.though).not.toEqual([]);
	} else {
		expect(samples.length, "series").toBeGreaterThan(0);
	}
	if (expected.is === "nothing") return expect(samples, "series").toEqual([]);
	expectSamples(samples, expected);
}

function expectSamples(samples: readonly Sample[], expected: Exclude<Expectation, { is: "nothing" }>): void {
	const values = samples.map(({ value }) => value);
	if (expected.is === "one") {
		expect(values).toHaveLength(1);
		expectNear(values[0] ?? Number.NaN, expected.value, expected.within, "the value");
	} else if (expected.is === "by") {
		expectBy(samples, expected);
	} else {
		expect(values.filter((value) => !(value >= expected.from && value <= expected.to))).toEqual([]);
		if (expected.is === "between" && expected.count !== undefined)
			expect(values).toHaveLength(expected.count);
	}
}

function expectBy(
	samples: readonly Sample[],
	{ labels, values, options }: Extract<Expectation, { is: "by" }>,
): void {
	const found = new Map(
		samples.map((sample) => [labels.map((label) => sample.labels[label]).join(" "), sample.value]),
	);
	expect(found.size, `a series for each ${labels.join()}`).toBe(samples.length);
	for (const [key, value] of found) {
		if (options.unknown?.some((beginning) => key.startsWith(beginning))) continue;
		expectNear(value, values[key] ?? 0, options.within, key);
	}
	const largestFirst = Object.keys(values).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
	// Two that are nearly equal may change places at the edge of topk().
	const needed = options.top === undefined ? largestFirst : largestFirst.slice(0, Math.ceil(options.top / 2));
	expect([...found.keys()]).toEqual(expect.arrayContaining(needed));
}

function expectNear(value: number, wanted: number, within: number, what: string): void {
	expect(Math.abs(value - wanted), `${what}: ${value}, expected ${wanted}`).toBeLessThanOrEqual(
		Math.abs(wanted) * within + 1e-9,
	);
}
