import fc from "fast-check";
import { expect, test } from "vitest";
import { bindStruct, readU64, writeU64 } from "../../src/bpf/struct.ts";

const structs = new Map([
	[
		"pair",
		{
			name: "pair",
			size: 24,
			fields: [
				{ name: "slot", offset: 16, size: 4 },
				{ name: "bytes", offset: 8, size: 8 },
			],
		},
	],
]);

test("binding gives the size and the offsets of the listed fields", () => {
	expect(bindStruct(structs, "pair", { slot: "u32" })).toEqual({ size: 24, slot: 16 });
});

test("what does not fit is named, struct and field", () => {
	expect(() => bindStruct(structs, "flow", { slot: "u32" })).toThrow(
		"Cannot bind struct flow: it is not in the BTF",
	);
	expect(() => bindStruct(structs, "pair", { client: "address" })).toThrow(
		"Cannot bind struct pair: it has no field client",
	);
	expect(() => bindStruct(structs, "pair", { bytes: "u32" })).toThrow(
		"Cannot bind struct pair: bytes has 8 bytes, expected 4",
	);
});

test("a u64 below 2^53 keeps its value, in little-endian order", () => {
	fc.assert(
		fc.property(fc.maxSafeNat(), (value) => {
			const buffer = Buffer.alloc(16);
			writeU64(buffer, value, 8);
			expect(buffer.readBigUInt64LE(8)).toBe(BigInt(value));
			expect(readU64(buffer, 8)).toBe(value);
		}),
	);
});
