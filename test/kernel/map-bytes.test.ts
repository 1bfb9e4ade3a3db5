import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { possibleCpus } from "../../src/bpf/map.ts";
import { BpfObject, readMaps } from "../../src/bpf/object.ts";
import { mapBytes } from "../../src/doctor/map-bytes.ts";
import { describeInKernel } from "./as-root.ts";

const SIZES = { flows: 65_536, pairs: 50_000, services: 1_000, slots: 1_000, totals: 1_000 };

describeInKernel("the bytes that maps will take", () => {
	test("are what the kernel reckons, within a tenth", () => {
		const object = new BpfObject(undefined, { maxEntries: SIZES });
		let kernel = 0;
		for (const { fd } of object.maps.values()) {
			kernel += Number(/^memlock:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1]);
		}
		object.close();
		const ours = readMaps(SIZES).reduce((sum, map) => sum + mapBytes(map, possibleCpus()), 0);
		expect(kernel).toBeGreaterThan(10e6);
		expect(ours / kernel).toBeGreaterThan(0.9);
		expect(ours / kernel).toBeLessThan(1.1);
	});
});
