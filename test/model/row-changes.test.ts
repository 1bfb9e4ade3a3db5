import { describe, expect, it } from "vitest";
import { createRowChanges, type RowChanges } from "../../src/model/row-changes.ts";

type Step = "become" | "cease" | "take";

function changesAfter(steps: readonly Step[]) {
	const changes = createRowChanges(8);
	let taken = allOf(changes);
	for (const step of [...steps, "take"] as const) {
		if (step === "take") taken = allOf(changes);
		else changes[step](3);
	}
	return taken;
}

function allOf({ take }: RowChanges) {
	const parts = [...take()];
	return { gone: parts.flatMap(({ gone }) => [...gone]), come: parts.flatMap(({ come }) => [...come]) };
}

describe("a row that", () => {
	it.each<[string, Step[], number[], number[]]>([
		["became a series has come", ["become"], [], [3]],
		["ceased is gone", ["become", "take", "cease"], [3], []],
		["stayed is neither", ["become", "take"], [], []],
		["came and went unseen is neither", ["become", "cease"], [], []],
		["became another one is both", ["become", "take", "cease", "become"], [3], [3]],
		["became another one unseen is gone", ["become", "take", "cease", "become", "cease"], [3], []],
		["came, went and came has come", ["become", "cease", "become"], [], [3]],
	])("%s", (_, steps, gone, come) => expect(changesAfter(steps)).toEqual({ gone, come }));
});

describe("rows far from each other", () => {
	it("are told in parts, and ascend", () => {
		const changes = createRowChanges(1_000_000);
		const rows = [3, 65_535, 65_536, 200_000, 999_999];
		for (const row of rows) changes.become(row);
		expect([...changes.take()].length).toBeGreaterThan(1);
		for (const row of rows) changes.cease(row);
		expect(allOf(changes)).toEqual({ gone: rows, come: [] });
	});
});
