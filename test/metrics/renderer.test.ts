import { describe, expect, it } from "vitest";
import type { Emit, Family, SampledFamily } from "../../src/metrics/family.ts";
import { createRenderer } from "../../src/metrics/renderer.ts";
import { textOf } from "./render-page.ts";
import { NO_DATA_PATH } from "./snapshots.ts";

function family(samples: (emit: Emit) => void, more: Partial<SampledFamily> = {}): Family {
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

async function text(...families: Family[]): Promise<string> {
	return textOf(await createRenderer(families).render(NO_DATA_PATH, undefined));
}

describe("a family", () => {
	it("is its help, its type and its samples", async () => {
		const two = family(
			(emit) => {
				emit(1, "x", "y");
				emit(2, "x", "z");
			},
			{ labels: ["a", "b"], type: "counter" },
		);
		expect(await text(two)).toBe('# HELP m Help.\n# TYPE m counter\nm{a="x",b="y"} 1\nm{a="x",b="z"} 2\n');
	});

	it("without samples leaves the page whole", async () => {
		expect(
			await text(
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
	])("%d is written %s", async (value, written) => {
		expect(await text(family((emit) => emit(value)))).toContain(`\nm ${written}\n`);
	});

	it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
		"%d is never written",
		async (value) => {
			expect(await text(family((emit) => emit(value)))).toBe("");
		},
	);
});

describe("escapes", () => {
	it("backslash, quote and line feed in label values", async () => {
		const odd = family((emit) => emit(1, 'a\\b"c\nd\re'), { labels: ["l"] });
		expect(await text(odd)).toContain(String.raw`m{l="a\\b\"c\nd`);
	});

	it("backslash and line feed in help", async () => {
		expect(await text(family((emit) => emit(1), { help: 'a\\b"c\nd' }))).toContain(
			String.raw`# HELP m a\\b"c\nd`,
		);
	});
});

describe("a long page", () => {
	it("is whole, though it is put together from pieces", async () => {
		const many = family(
			(emit) => {
				for (let i = 0; i < 20_000; i++) emit(i, `é${i}`);
			},
			{ labels: ["l"] },
		);
		const lines = (await text(many)).trimEnd().split("\n").slice(2);
		expect(lines).toEqual(Array.from({ length: 20_000 }, (_, i) => `m{l="é${i}"} ${i}`));
	});
});
