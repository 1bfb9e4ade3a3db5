import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { possibleCpus } from "../../src/bpf/map.ts";
import { BpfObject, readMaps } from "../../src/bpf/object.ts";
import { mapBytes } from "../../src/doctor/map-bytes.ts";
import { describeInKernel } from "./as-root.ts";

const SIZES = { flows: 65_536, pairs: 50_000, services: 1_000, slots: 1_000, totals: 1_000 };

/** Such maps take memory by the row, as they fill. */
const BPF_F_NO_PREALLOC = 1;

describeInKernel("the bytes that maps will take", () => {
	test("are what the kernel reckons for those that it pays for at once, and no less for the others", () => {
		const object = new BpfObject(undefined, { maxEntries: SIZES });
		const reckoned = readMaps(SIZES).map((map) => {
			const info = readFileSync(`/proc/self/fdinfo/${object.map(map.name).fd}`, "utf8");
			const kernel = Number(/^memlock:\s+(\d+)$/m.exec(info)?.[1]);
			return { ...map, kernel, ours: mapBytes(map, possibleCpus()) };
		});
		object.close();
		const large = reckoned.filter(({ kernel }) => kernel > 100_000);
		const paid = large.filter(({ flags }) => (flags & BPF_F_NO_PREALLOC) === 0);
		expect(paid.map(({ name }) => name)).toEqual(
			expect.arrayContaining(["flows", "pairs", "unplaced", "overflow"]),
		);
		for (const { name, kernel, ours } of paid)
			expect([name, Math.abs(ours / kernel - 1) < 0.02]).toEqual([name, true]);
		for (const { name, kernel, ours } of large) expect([name, ours > 0.98 * kernel]).toEqual([name, true]);
	});
});
