/** Lists of services in a map of the kernel, over the death of their writer. */
import { expect, onTestFinished, test } from "vitest";
import { keptText } from "../../src/bpf/kept-text.ts";
import { indexKey, lookup, updateBatch } from "../../src/bpf/map.ts";
import { BpfObject, SERVICE_LISTS_OBJECT } from "../../src/bpf/object.ts";
import type { Discovered } from "../../src/discovery/discovery.ts";
import { keptLists } from "../../src/discovery/kept-lists.ts";
import { describeInKernel } from "./as-root.ts";

function open() {
	const object = new BpfObject(SERVICE_LISTS_OBJECT);
	onTestFinished(() => object.close());
	return object;
}

function discovered(i: number, endpoints: number): Discovered {
	const all = Array.from({ length: endpoints }, (_, e) => ({
		address: `10.1.${e >> 8}.${e & 255}`,
		port: 8080,
	}));
	return {
		service: {
			label: `shop/größe-${i}`,
			vip: `10.0.${i >> 8}.${i & 255}`,
			port: 80,
			protocol: "tcp",
			endpoints: all,
		},
		namespace: "shop",
		name: `größe-${i}`,
		type: "ClusterIP",
		healthy: new Map(all.map(({ address, port }, e) => [`${address}:${port}`, e % 2 === 0])),
	};
}

describeInKernel("lists that are kept in the kernel", () => {
	test("are read as they were written, whatever their length, and take no more room than they need", async () => {
		const object = open();
		const kept = keptLists(object);
		expect(await kept.load()).toEqual(new Map());
		for (const count of [1, 3000, 0, 40]) {
			const lists = new Map([
				["kubernetes", Array.from({ length: count }, (_, i) => discovered(i, 20))],
				["ipvs", [discovered(1, 0)]],
			]);
			await kept.save(lists);
			expect(await kept.load()).toEqual(lists);
		}
		// 41 services are two or three dozens of kilobytes.
		expect(rowsIn(object)).toBeLessThan(40);
	});

	test("stay those of before when the writer dies at any moment", async () => {
		const object = open();
		const map = object.map("service_lists");
		const kept = keptText(map);
		await kept.write(Buffer.from("first"));
		// What a writer leaves that died before its last step: rows of the other copy.
		const rows = Buffer.concat([0, 1, 2].map((row) => indexKey((map.maxEntries - 1) / 2 + row)));
		updateBatch(map, rows, Buffer.alloc(3 * map.valueSize, "x"), 3);
		expect(String(await kept.read())).toBe("first");
		await kept.write(Buffer.from("second"));
		expect(String(await kept.read())).toBe("second");
		expect(rowsIn(object)).toBe(2);
	});

	test("that are too long are refused, and those of before stay", async () => {
		const object = open();
		const kept = keptText(object.map("service_lists"));
		await kept.write(Buffer.from("first"));
		await expect(kept.write(Buffer.alloc(80e6))).rejects.toThrow(
			"Cannot keep 80000000 bytes in map service_lists",
		);
		expect(String(await kept.read())).toBe("first");
	});

	test("that are no JSON are none", async () => {
		const object = open();
		await keptText(object.map("service_lists")).write(Buffer.from('{"source":\n'));
		expect(await keptLists(object).load()).toEqual(new Map());
	});
});

/** Of a hash map, by looking: the kernel counts no rows. */
function rowsIn(object: BpfObject): number {
	const map = object.map("service_lists");
	const room = (map.maxEntries - 1) / 2;
	let rows = lookup(map, indexKey(0xffff_ffff)) ? 1 : 0;
	for (let row = 0; row < 2 * room; row++) if (lookup(map, indexKey(row))) rows++;
	return rows;
}
