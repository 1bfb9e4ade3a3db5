import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { indexKey, lookup, update } from "../../src/bpf/map.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { describeInKernel } from "./as-root.ts";

describeInKernel("maps that are reused", () => {
	let first: BpfObject;
	beforeAll(() => {
		first = new BpfObject(undefined, { maxEntries: { pairs: 64 } });
	});
	afterAll(() => first.close());

	function reuse(map: string, of: string, maxEntries = { pairs: 64 }): BpfObject {
		return new BpfObject(undefined, { maxEntries, reuse: new Map([[map, first.map(of).fd]]) });
	}

	test("are the same maps, for the programs too", () => {
		const fds = new Map([...first.maps].map(([name, { fd }]) => [name, fd]));
		const second = new BpfObject(undefined, { maxEntries: { pairs: 64 }, reuse: fds });
		try {
			expect([...second.maps.keys()]).toEqual([...first.maps.keys()]);
			const [map, of] = [second.map("firewall_drops"), first.map("firewall_drops")];
			update(of, indexKey(0), Buffer.alloc(of.valueSize, 3));
			expect(lookup(map, indexKey(0))).toEqual(Buffer.alloc(of.valueSize, 3));
			for (const [name, { fd }] of second.maps) expect(mapId(fd)).toBe(mapId(first.map(name).fd));
		} finally {
			second.close();
		}
		// Closing the one has not closed the other's.
		const drops = first.map("firewall_drops");
		expect(lookup(drops, indexKey(0))).toEqual(Buffer.alloc(drops.valueSize, 3));
	});

	test("are made anew where none is given", () => {
		const second = reuse("totals", "totals");
		expect(mapId(second.map("totals").fd)).toBe(mapId(first.map("totals").fd));
		expect(mapId(second.map("pairs").fd)).not.toBe(mapId(first.map("pairs").fd));
		second.close();
	});

	test("are refused with another size than configured", () => {
		expect(() => reuse("pairs", "pairs", { pairs: 128 })).toThrow(
			"Cannot reuse map pairs: it has entries 64, expected entries 128",
		);
	});

	test("are refused with another layout", () => {
		const textOf = (name: string) => {
			const { type, keySize, valueSize, maxEntries } = first.map(name);
			return `type ${type}, key bytes ${keySize}, value bytes ${valueSize}, entries ${maxEntries}`;
		};
		expect(() => reuse("pairs", "firewall_protocols")).toThrow(
			`Cannot reuse map pairs: it has ${textOf("firewall_protocols")}, expected ${textOf("pairs")}`,
		);
	});

	test("are refused when the object has no such map", () => {
		expect(() => reuse("of_before", "pairs")).toThrow(
			"Cannot reuse map of_before: it is not in the BPF object",
		);
	});
});

function mapId(fd: number): string | undefined {
	return /^map_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
}
