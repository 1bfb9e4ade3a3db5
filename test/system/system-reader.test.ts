import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createSystemReader } from "../../src/system/system-reader.ts";

const proc = mkdtempSync(join(tmpdir(), "lbscope-proc-"));
afterAll(() => rmSync(proc, { recursive: true }));

function write(file: string, text: string): void {
	writeFileSync(join(proc, file), text);
}

describe("the system reader", () => {
	it("has no CPU percent at the first read, and one between two reads", async () => {
		write("stat", "cpu  10 0 0 90 0 0 0 0\n");
		write("meminfo", "MemTotal: 100 kB\nMemAvailable: 75 kB\n");
		const reader = createSystemReader({ proc, root: "/" });
		expect(await reader.read()).toMatchObject({ cpuPercent: undefined, memoryPercent: 25 });
		write("stat", "cpu  30 0 0 170 0 0 0 0\n");
		expect((await reader.read()).cpuPercent).toBe(20);
	});

	it("spans a read that failed", async () => {
		write("stat", "cpu  10 0 0 90 0 0 0 0\n");
		const reader = createSystemReader({ proc, root: "/" });
		await reader.read();
		write("stat", "nonsense");
		expect((await reader.read()).cpuPercent).toBeUndefined();
		write("stat", "cpu  60 0 0 140 0 0 0 0\n");
		expect((await reader.read()).cpuPercent).toBe(50);
	});

	it("leaves undefined what it cannot read, and never throws", async () => {
		const reader = createSystemReader({ proc: join(proc, "none"), root: join(proc, "none") });
		const nothing = { cpuPercent: undefined, memoryPercent: undefined, diskPercent: undefined };
		expect(await reader.read()).toEqual(nothing);
	});

	it("tells of each part whether it could be read", async () => {
		write("stat", "nonsense");
		write("meminfo", "MemTotal: 100 kB\nMemAvailable: 75 kB\n");
		const told: Record<string, string | undefined> = {};
		const root = join(proc, "none");
		const reader = createSystemReader({
			proc,
			root,
			tried(part, failure) {
				told[part] = failure;
			},
		});
		await reader.read();
		expect(told).toEqual({
			cpu: `${proc}/stat does not say it`,
			memory: undefined,
			disk: `ENOENT: no such file or directory, statfs '${root}'`,
		});
	});

	it("reads this machine", async () => {
		const use = await createSystemReader().read();
		expect(use.memoryPercent).toBeGreaterThan(0);
		expect(use.diskPercent).toBeGreaterThan(0);
	});
});
