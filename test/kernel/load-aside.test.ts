/** Loading beside the event loop, as a reload does. */
import { expect, test } from "vitest";
import { BpfObject } from "../../src/bpf/object.ts";
import { describeInKernel } from "./as-root.ts";

/** The kernel has no hash table of more than 2^31 rows. */
const REFUSED = { maxEntries: { flows: 0xffffffff } };

describeInKernel("a load aside", () => {
	test("leaves the event loop its turns", async () => {
		const order: string[] = [];
		setImmediate(() => order.push("turn"));
		const object = await BpfObject.loadAside();
		order.push("loaded");
		expect(order).toEqual(["turn", "loaded"]);
		expect(object.programs().every(({ fd }) => fd >= 0)).toBe(true);
		object.close();
	});

	test("that the kernel refuses says why, as one at once does", async () => {
		const reason = await BpfObject.loadAside(undefined, REFUSED).catch(String);
		expect(reason).toMatch(/^Error: Cannot load the BPF programs: \w+.*\n.*flows/s);
		expect(() => new BpfObject(undefined, REFUSED)).toThrow(String(reason).replace("Error: ", ""));
		new BpfObject().close();
	});
});
