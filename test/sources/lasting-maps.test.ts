import { expect, test } from "vitest";
import { readStructs } from "../../src/bpf/object.ts";
import { describeSet, structsOfSet } from "../../src/sources/lasting-maps.ts";

test("a set has no struct that earlier versions would take for what a pair has counted", () => {
	const structs = structsOfSet(describeSet(readStructs(), "0.0.0", 16_384));
	expect(structs.has("counted_pair")).toBe(true);
	// Looked for by versions that kept the traffic in `pairs`.
	expect(structs.has("pair")).toBe(false);
});
