import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listPins, makePinDirectory, pin, removePinDirectory, whyNoPins } from "../../src/bpf/pins.ts";

/** What needs a bpffs is in test/kernel/pins.test.ts. */
describe("pins where there is no bpffs", () => {
	const here = mkdtempSync(join(tmpdir(), "lbscope-pins-"));
	afterAll(() => rmSync(here, { recursive: true }));

	it("are not to be had, and the reason says what to mount", () => {
		const directory = join(here, "not-there", "lbscope");
		const reason = `${directory} is on no bpffs, expected one: mount -t bpf bpf ${directory}`;
		expect(whyNoPins(directory)).toBe(reason);
		expect(() => makePinDirectory(directory)).toThrow(`Cannot keep pins: ${reason}`);
	});

	it("are listed as none", () => {
		expect(listPins(join(here, "not-there"))).toEqual([]);
		removePinDirectory(join(here, "not-there"));
	});

	it("have names without dots", () => {
		expect(() => pin(0, join(here, "datapath.bss"))).toThrow("its name has a dot");
	});
});
