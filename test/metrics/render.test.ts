import { describe, expect, it } from "vitest";
import type { Emit, Family } from "../../src/metrics/family.ts";
import { render } from "../../src/metrics/render.ts";
import { NO_DATA_PATH } from "./snapshots.ts";

function family(samples: (emit: Emit) => void, more: Partial<Family> = {}): Family {
	return {
		name: "m",
		type: "gauge",
		labels: [],
		help: "Help.",
		section: "",
		samples: (_, emit) => samples(emit),
		...more,
	};
}

function text(...families: Family[]): string {
	return render(NO_DATA_PATH, families).toString();
}

describe("a family", () => {
	it("is its help, its type and its samples", () => {
		const two = family(
			(emit) => {
				emit(1, "x", "y");
				emit(2, "x", "z");
			},
			{ labels: ["a", "b"], type: "counter" },
		);
		expect(text(two)).toBe('# HELP m Help.\n# TYPE m counter\nm{a="x",b="y"} 1\nm{a="x",b="z"} 2\n');
	});

	it("without samples leaves the page whole", () => {
		expect(
			text(
				family(() => {}),
				family((emit) => emit(undefined)),
			),
		).toBe("");
	});
});

describe("a number", () => {
	it.each([
		[9_007_199_254_740_991, "9007199254740991"],
		[-0, "0"],
		[0.1, "0.1"],
		[1e-7, "1e-7"],
	])("%d is written %s", (value, written) => {
		expect(text(family((emit) => emit(value)))).toContain(`\nm ${written}\n`);
	});

	it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
		"%d is never written",
		(value) => {
			expect(text(family((emit) => emit(value)))).toBe("");
		},
	);
});

describe("escapes", () => {
	it("backslash, quote and line feed in label values", () => {
		const odd = family((emit) => emit(1, 'a\\b"c\nd\re'), { labels: ["l"] });
		expect(text(odd)).toContain(String.raw`m{l="a\\b\"c\nd`);
	});

	it("backslash and line feed in help", () => {
		expect(text(family((emit) => emit(1), { help: 'a\\b"c\nd' }))).toContain(String.raw`# HELP m a\\b"c\nd`);
	});
});

describe("a long page", () => {
	it("is whole, though it is put together from pieces", () => {
		const many = family(
			(emit) => {
				for (let i = 0; i < 20_000; i++) emit(i, `é${i}`);
			},
			{ labels: ["l"] },
		);
		const lines = text(many).trimEnd().split("\n").slice(2);
		expect(lines).toEqual(Array.from({ length: 20_000 }, (_, i) => `m{l="é${i}"} ${i}`));
	});
});
