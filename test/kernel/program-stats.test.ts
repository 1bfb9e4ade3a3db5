/** Runs of programs as the kernel counts and times them. Sets the switch of the whole node, and sets it back. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BpfObject } from "../../src/bpf/object.ts";
import { openProgramStats, type ProgramStats, verifiedInstructions } from "../../src/bpf/program-stats.ts";
import { runOnPacket } from "../../src/bpf/test-run.ts";
import { describeInKernel } from "./as-root.ts";

const SWITCH = "/proc/sys/kernel/bpf_stats_enabled";
const MODULE = fileURLToPath(new URL("../../src/bpf/program-stats.ts", import.meta.url));

describeInKernel("statistics of programs", () => {
	const before = readFileSync(SWITCH, "utf8");
	let object: BpfObject;
	let stats: ProgramStats | undefined;

	beforeAll(() => {
		object = new BpfObject(undefined, { maxEntries: { flows: 16, pairs: 16 } });
		writeFileSync(SWITCH, "0");
	});
	afterEach(() => {
		stats?.close();
		writeFileSync(SWITCH, "0");
	});
	afterAll(() => {
		writeFileSync(SWITCH, before);
		object.close();
	});

	function openStats(turnOn: boolean): ProgramStats {
		stats = openProgramStats(object.programs(), { turnOn });
		return stats;
	}

	function runIngress(repeat: number): void {
		runOnPacket(object.program("ingress_ethernet"), Buffer.alloc(64), { repeat });
	}

	const ingressOf = (read: ReturnType<ProgramStats["read"]>) =>
		read?.find(({ program }) => program === "ingress_ethernet");

	test("are absent while the kernel takes no times", () => {
		const off = openStats(false);
		runIngress(3);
		expect([off.refusal, off.read()]).toEqual([undefined, undefined]);
	});

	test("are those of each program of the object, turned on by this process until it closes them", () => {
		const on = openStats(true);
		expect(on.refusal).toBeUndefined();
		const first = on.read();
		runIngress(50);
		const again = on.read();
		const names = again?.map(({ program }) => program);
		expect(names).toEqual(object.programs().map(({ name }) => name));
		expect(names).toEqual(expect.arrayContaining(["ingress_ethernet", "egress_ip", "walk"]));
		expect((ingressOf(again)?.runs ?? 0) - (ingressOf(first)?.runs ?? 0)).toBe(50);
		expect(ingressOf(again)?.runTimeNs).toBeGreaterThan(ingressOf(first)?.runTimeNs ?? 0);
		on.close();
		stats = undefined;
		const later = openStats(false);
		writeFileSync(SWITCH, "1");
		const last = ingressOf(later.read());
		runIngress(1);
		expect(last?.runs).toBe(ingressOf(again)?.runs);
		expect(ingressOf(later.read())?.runs).toBe((last?.runs ?? 0) + 1);
	});

	test("are there whoever has turned them on, and as long as that lasts", () => {
		const asked = openStats(false);
		writeFileSync(SWITCH, "1");
		expect(asked.read()).toHaveLength(object.programs().length);
		writeFileSync(SWITCH, "0");
		expect(asked.read()).toBeUndefined();
	});

	test("are refused with the capability that is missing, and missed only while nobody else takes times", () => {
		const refusal =
			"Cannot have the kernel time BPF programs: EPERM, missing CAP_SYS_ADMIN (to time BPF programs)";
		expect(openWithoutRights()).toEqual({ refusal, reads: false });
		writeFileSync(SWITCH, "1");
		expect(openWithoutRights()).toEqual({ reads: true });
	});

	test("know how much work a program was to verify", () => {
		for (const program of object.programs()) expect(verifiedInstructions(program)).toBeGreaterThan(10);
	});
});

function openWithoutRights(): unknown {
	const code = `
		import { openProgramStats } from ${JSON.stringify(MODULE)};
		const stats = openProgramStats([], { turnOn: true });
		console.log(JSON.stringify({ refusal: stats.refusal, reads: stats.read() !== undefined }));`;
	const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", code];
	const { stdout, stderr } = spawnSync("setpriv", ["--bounding-set=-sys_admin", "--inh-caps=-all", ...node], {
		encoding: "utf8",
	});
	if (stdout === "") throw new Error(stderr);
	return JSON.parse(stdout);
}
