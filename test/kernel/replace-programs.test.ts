import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attach } from "../../src/bpf/attachment.ts";
import type { Program } from "../../src/bpf/object.ts";
import { type ForeignProgram, loadForeignProgram } from "../e2e/operation/foreign.ts";
import { programsOn } from "../e2e/operation/programs-on.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { DEVICE, withWire } from "./wire.ts";

const RESTARTS = 200;

describeInKernel("a program that replaces the one of the run before", () => {
	const newDirectory = withBpffs();
	const wire = withWire("swap");
	const versions: ForeignProgram[] = [];
	beforeAll(async () => {
		versions.push(await loadForeignProgram(), await loadForeignProgram());
	});
	afterAll(() => {
		for (const version of versions) version.close();
	});

	test.each(["tcx", "clsact"] as const)("misses no packet, and sees none twice: %s", async (kind) => {
		const pins = newDirectory();
		const start = (run: number) => {
			const { program } = versions[run % 2] as ForeignProgram;
			return attach(wire.target(), program, program, { kind, pins });
		};
		const seen = () => versions.map((version) => version.seen());
		const before = { seen: seen(), packets: await wire.packets() };
		let attachment = start(0);
		const traffic = wire.talk(2);
		for (let run = 1; run <= RESTARTS; run++) {
			await sleep(5);
			attachment.release();
			attachment = start(run);
		}
		await traffic;
		const by = seen().map((count, i) => count - (before.seen[i] ?? 0));
		expect(by.reduce((sum, count) => sum + count, 0)).toBe((await wire.packets()) - before.packets);
		for (const count of by) expect(count).toBeGreaterThan(1000);
		expect(await programsOn(wire.netns, DEVICE)).toHaveLength(kind === "tcx" ? 2 : 3);
		attachment.detach();
		expect(await programsOn(wire.netns, DEVICE)).toEqual([]);
	});

	test.each(["tcx", "clsact"] as const)("does so while lbscope runs, without pins: %s", async (kind) => {
		const programs = versions.map(({ program }) => program);
		const [first, second] = programs as [Program, Program];
		const seen = () => versions.reduce((sum, version) => sum + version.seen(), 0);
		const before = { seen: seen(), packets: await wire.packets() };
		const attachment = attach(wire.target(), first, first, { kind });
		const traffic = wire.talk(2);
		for (let swaps = 0; swaps < RESTARTS; swaps++) {
			await sleep(5);
			if (swaps % 2 === 0) attachment.swap(second, second);
			else attachment.swap(first, first);
		}
		await traffic;
		expect(seen() - before.seen).toBe((await wire.packets()) - before.packets);
		attachment.detach();
		expect(await programsOn(wire.netns, DEVICE)).toEqual([]);
	});
});
