import { expect, test } from "vitest";
import { findEnumValue, parseBtf } from "../../src/bpf/btf.ts";
import { readStructs } from "../../src/bpf/object.ts";
import { btfOfEnum } from "./btf-of-enum.ts";

const structs = readStructs();

test("a struct has its size, and its fields with offset and size", () => {
	expect(structs.get("traffic")).toEqual({
		name: "traffic",
		size: 16,
		fields: [
			{ name: "packets", offset: 0, size: 8 },
			{ name: "bytes", offset: 8, size: 8 },
		],
	});
});

test("typedefs, arrays and structs within structs have sizes, too", () => {
	expect(structs.get("address")?.fields).toEqual([{ name: "word", offset: 0, size: 16 }]);
	expect(structs.get("service_overflow")?.fields).toEqual([
		{ name: "flows", offset: 0, size: 16 },
		{ name: "pairs", offset: 16, size: 16 },
		{ name: "others", offset: 32, size: 16 },
	]);
	expect(structs.get("service_errors")?.fields[0]?.size).toBe(6 * 3 * 8);
});

test("structs of the kernel that the programs use are described as well", () => {
	expect(structs.get("__sk_buff")?.fields).toContainEqual({ name: "ifindex", offset: 40, size: 4 });
});

test("an enum has values by name", () => {
	const btf = btfOfEnum("reason", { FIRST: 7, LAST: -1 });
	expect(findEnumValue(btf, "reason", "FIRST")).toBe(7);
	expect(findEnumValue(btf, "reason", "LAST")).toBe(-1);
	expect(findEnumValue(btf, "reason", "NONE")).toBeUndefined();
	expect(findEnumValue(btf, "other", "FIRST")).toBeUndefined();
});

test.each([
	["nothing", Buffer.alloc(0)],
	["less than a header", Buffer.from([0x9f, 0xeb, 1, 0])],
	["a wrong magic number", Buffer.alloc(24)],
	["the other byte order", Buffer.concat([Buffer.from([0xeb, 0x9f]), Buffer.alloc(22)])],
])("%s is no BTF", (_, bytes) => {
	expect(() => parseBtf(bytes)).toThrow("Cannot read BTF: wrong magic number");
});
