import { expect, test } from "vitest";
import { bindFields } from "../../src/bpf/struct.ts";

const STRUCT = {
	name: "row",
	size: 16,
	fields: [
		{ name: "pb.bytes", offset: 0, size: 8 },
		{ name: "proto", offset: 8, size: 2 },
		{ name: "port", offset: 10, size: 2 },
	],
};

test("fields are bound by their path; one below 256 in any width", () => {
	expect(bindFields(STRUCT, { "pb.bytes": "u64", proto: "below_256", port: "be16" })).toEqual({
		size: 16,
		"pb.bytes": 0,
		proto: 8,
		port: 10,
	});
	expect(() => bindFields(STRUCT, { "pb.packets": "u64" })).toThrow(
		"Cannot bind struct row: it has no field pb.packets",
	);
});
