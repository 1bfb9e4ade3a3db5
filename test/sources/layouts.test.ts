import { describe, expect, it } from "vitest";
import type { BtfStruct } from "../../src/bpf/btf.ts";
import { readStructs } from "../../src/bpf/object.ts";
import { bindLayouts } from "../../src/sources/layouts.ts";

const structs = readStructs();

function without(structName: string, field?: string): ReadonlyMap<string, BtfStruct> {
	const rest = new Map(structs);
	const struct = rest.get(structName);
	rest.delete(structName);
	if (struct && field !== undefined)
		rest.set(structName, { ...struct, fields: struct.fields.filter(({ name }) => name !== field) });
	return rest;
}

describe("the layouts that user space lists", () => {
	it("are all in the built object, within their structs", () => {
		for (const [name, layout] of Object.entries(bindLayouts(structs))) {
			const { size, ...offsets } = layout;
			expect(
				Object.values(offsets).every((offset) => offset < size),
				name,
			).toBe(true);
			expect(new Set(Object.values(offsets)).size, name).toBe(Object.keys(offsets).length);
		}
	});

	it("name struct and field when the object was built from another flow.h", () => {
		expect(() => bindLayouts(without("pair_key"))).toThrow("struct pair_key: it is not in the BTF");
		expect(() => bindLayouts(without("flow", "status"))).toThrow("struct flow: it has no field status");
		expect(() => bindLayouts(without("settings", "udp_idle"))).toThrow(
			"struct settings: it has no field udp_idle",
		);
	});
});
