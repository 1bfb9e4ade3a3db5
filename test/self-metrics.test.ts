import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../src/metrics/catalogue.ts";
import { createSelfMetrics } from "../src/self-metrics.ts";

const hasPromtool = spawnSync("promtool", ["--version"]).error === undefined;

function valuesOf(text: string): string[] {
	return text.match(/^lbscope_.*$/gm)?.filter((line) => !line.includes("_bucket")) ?? [];
}

describe("the exporter's own metrics", () => {
	it("count polls, failed ones included, and keep the time of the last good one", async () => {
		const self = createSelfMetrics();
		self.pollEnded({ durationMs: 250, failed: false, atMs: 1_700_000_000_500 });
		self.pollEnded({ durationMs: 750, failed: true, atMs: 1_700_000_010_000 });
		self.pageMade(4_096);
		expect(valuesOf(await self.text())).toEqual([
			"lbscope_poll_duration_seconds_sum 1",
			"lbscope_poll_duration_seconds_count 2",
			"lbscope_polls_total 2",
			"lbscope_poll_errors_total 1",
			...["cpu", "memory", "disk", "health"].map(
				(source) => `lbscope_read_errors_total{source="${source}"} 0`,
			),
			"lbscope_last_successful_poll_timestamp_seconds 1700000000.5",
			"lbscope_page_bytes 4096",
		]);
	});

	it("count failed reads by source, from 0", async () => {
		const self = createSelfMetrics();
		self.readFailed("disk");
		self.readFailed("disk");
		expect((await self.text()).match(/^lbscope_read_errors_total.*$/gm)).toEqual([
			'lbscope_read_errors_total{source="cpu"} 0',
			'lbscope_read_errors_total{source="memory"} 0',
			'lbscope_read_errors_total{source="disk"} 2',
			'lbscope_read_errors_total{source="health"} 0',
		]);
	});

	it("are absent, not 0 and not NaN, where nothing was measured yet", async () => {
		const text = await createSelfMetrics().text();
		expect(text).not.toMatch(/nan$/im);
		expect(text).not.toMatch(/^lbscope_last_successful_poll_timestamp_seconds/m);
		expect(text).not.toMatch(/^lbscope_page_bytes/m);
	});

	it("hold what is known of the process", async () => {
		expect(await createSelfMetrics().text()).toMatch(/^process_resident_memory_bytes \d+$/m);
	});

	it("share no name with the catalogue, and end in a line feed as the text before them must", async () => {
		const text = await createSelfMetrics().text();
		const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
		expect(names.filter((name) => CATALOGUE.some((family) => family.name === name))).toEqual([]);
		expect(text.endsWith("\n")).toBe(true);
	});

	const skipped = process.env.CI === undefined && !hasPromtool;
	it.skipIf(skipped)("have no complaint from promtool (Debian package prometheus)", async () => {
		const self = createSelfMetrics();
		self.pollEnded({ durationMs: 1, failed: false, atMs: 1 });
		self.pageMade(1);
		const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input: await self.text() });
		expect([status, String(stderr)]).toEqual([0, ""]);
	});
});
