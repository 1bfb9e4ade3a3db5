import { describe, expect, it } from "vitest";
import { createRowChanges } from "../../src/model/row-changes.ts";

type Step = "become" | "cease" | "take";

function changesAfter(steps: readonly Step[]) {
	const changes = createRowChanges(8);
	let taken = changes.take();
	for (const step of [...steps, "take"] as const) {
		if (step === "take") taken = changes.take();
		else changes[step](3);
	}
	return { gone: [...taken.gone], come: [...taken.come] };
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
