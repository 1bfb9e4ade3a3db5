import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { createSelfMetrics } from "../../src/self/self-metrics.ts";

const OPTIONS = { pollIntervalMs: 10_000 };
const hasPromtool = spawnSync("promtool", ["--version"]).error === undefined;

function valuesOf(text: string): string[] {
	return text.match(/^lbscope_.*$/gm)?.filter((line) => !line.includes("_bucket")) ?? [];
}

function programLines(text: string): string[] {
	return text.match(/^lbscope_bpf_program_.*$/gm) ?? [];
}

describe("the exporter's own metrics", () => {
	it("count polls, failed ones included, and keep the time of the last good one", async () => {
		const self = createSelfMetrics(OPTIONS);
		self.pollEnded({ durationMs: 250, failed: false, atMs: 1_700_000_000_500 });
		self.pollEnded({ durationMs: 750, failed: true, atMs: 1_700_000_010_000 });
		self.stageEnded("read", 125);
		self.stageEnded("read", 375);
		self.stageEnded("render", 250);
		self.pageMade(4_096);
		self.scraped({ durationMs: 500, bytes: 1_000 });
		self.scraped({ durationMs: 250, bytes: 24 });
		self.probesMissed(3);
		expect(valuesOf(await self.text())).toEqual([
			"lbscope_poll_interval_seconds 10",
			"lbscope_poll_duration_seconds_sum 1",
			"lbscope_poll_duration_seconds_count 2",
			'lbscope_poll_stage_duration_seconds_sum{stage="read"} 0.5',
			'lbscope_poll_stage_duration_seconds_count{stage="read"} 2',
			'lbscope_poll_stage_duration_seconds_sum{stage="render"} 0.25',
			'lbscope_poll_stage_duration_seconds_count{stage="render"} 1',
			"lbscope_polls_total 2",
			"lbscope_poll_errors_total 1",
			...["cpu", "memory", "disk", "health", "host_firewall", "loxilb_firewall"].map(
				(source) => `lbscope_read_errors_total{source="${source}"} 0`,
			),
			"lbscope_last_successful_poll_timestamp_seconds 1700000000.5",
			"lbscope_page_bytes 4096",
			"lbscope_scrape_duration_seconds_sum 0.75",
			"lbscope_scrape_duration_seconds_count 2",
			"lbscope_scrape_bytes_total 1024",
			...["connection", "credentials", "busy"].map(
				(reason) => `lbscope_web_refused_total{reason="${reason}"} 0`,
			),
			"lbscope_missed_probes_total 3",
		]);
	});

	it("count what was turned away, and say whether the files of who may ask were taken", async () => {
		const self = createSelfMetrics(OPTIONS);
		self.refused("credentials");
		self.webConfigRead({ failed: false, atMs: 1_700_000_000_000 });
		self.webConfigRead({ failed: true, atMs: 1_700_000_001_000 });
		expect((await self.text()).match(/^lbscope_web_.*$/gm)).toEqual([
			'lbscope_web_refused_total{reason="connection"} 0',
			'lbscope_web_refused_total{reason="credentials"} 1',
			'lbscope_web_refused_total{reason="busy"} 0',
			"lbscope_web_config_last_reload_successful 0",
			"lbscope_web_config_last_reload_success_timestamp_seconds 1700000000",
		]);
	});

	it("count failed reads by source, from 0", async () => {
		const self = createSelfMetrics(OPTIONS);
		self.readFailed("disk");
		self.readFailed("disk");
		expect((await self.text()).match(/^lbscope_read_errors_total.*$/gm)).toEqual([
			'lbscope_read_errors_total{source="cpu"} 0',
			'lbscope_read_errors_total{source="memory"} 0',
			'lbscope_read_errors_total{source="disk"} 2',
			'lbscope_read_errors_total{source="health"} 0',
			'lbscope_read_errors_total{source="host_firewall"} 0',
			'lbscope_read_errors_total{source="loxilb_firewall"} 0',
		]);
	});

	it("count and time the runs of programs as the kernel says at that moment", async () => {
		let runs = 3;
		const programs = () => [
			{ program: "walk", runs, runTimeNs: 1_500_000_000 },
			{ program: "retire", runs: 0, runTimeNs: 0 },
		];
		const self = createSelfMetrics({ ...OPTIONS, programs });
		expect(programLines(await self.text())).toEqual([
			'lbscope_bpf_program_run_seconds_total{program="walk"} 1.5',
			'lbscope_bpf_program_run_seconds_total{program="retire"} 0',
			'lbscope_bpf_program_runs_total{program="walk"} 3',
			'lbscope_bpf_program_runs_total{program="retire"} 0',
		]);
		runs = 5;
		expect(programLines(await self.text())).toContain('lbscope_bpf_program_runs_total{program="walk"} 5');
	});

	it("say nothing of programs once the kernel does not time them", async () => {
		let timed = true;
		const programs = () => (timed ? [{ program: "walk", runs: 1, runTimeNs: 1 }] : undefined);
		const self = createSelfMetrics({ ...OPTIONS, programs });
		expect(programLines(await self.text())).toHaveLength(2);
		timed = false;
		expect(programLines(await self.text())).toEqual([]);
	});

	it("are absent, not 0 and not NaN, where nothing was measured yet", async () => {
		const text = await createSelfMetrics(OPTIONS).text();
		expect(text).not.toMatch(/nan$/im);
		expect(text).not.toMatch(/^lbscope_last_successful_poll_timestamp_seconds/m);
		expect(text).not.toMatch(/^lbscope_page_bytes/m);
		expect(text).not.toMatch(/^lbscope_poll_stage/m);
	});

	it("hold what is known of the process", async () => {
		expect(await createSelfMetrics(OPTIONS).text()).toMatch(/^process_resident_memory_bytes \d+$/m);
	});

	it("share no name with the catalogue, and end in a line feed as the text before them must", async () => {
		const text = await createSelfMetrics(OPTIONS).text();
		const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
		expect(names.filter((name) => CATALOGUE.some((family) => family.name === name))).toEqual([]);
		expect(text.endsWith("\n")).toBe(true);
	});

	const skipped = process.env.CI === undefined && !hasPromtool;
	it.skipIf(skipped)("have no complaint from promtool (Debian package prometheus)", async () => {
		const self = createSelfMetrics({
			...OPTIONS,
			programs: () => [{ program: "walk", runs: 1, runTimeNs: 1 }],
		});
		self.pollEnded({ durationMs: 1, failed: false, atMs: 1 });
		self.pageMade(1);
		self.stageEnded("govern", 1);
		self.scraped({ durationMs: 1, bytes: 1 });
		self.discovery("ipvs").delivered(1);
		const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input: await self.text() });
		expect([status, String(stderr)]).toEqual([0, ""]);
	});
});
