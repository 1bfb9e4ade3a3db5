/** What the BPF programs cost, told by the kernel when the configuration asks for it. */
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { withExporter } from "../with-exporter.ts";

const RUNS = "lbscope_bpf_program_runs_total";
const SECONDS = "lbscope_bpf_program_run_seconds_total";

describeAsRoot("statistics of the BPF programs", 20_000, () => {
	const lab = withLab({ prefix: "oprun" });
	const exporter = withExporter(lab, { self: { program_stats: true } });

	test("tell how often each ran and how long that took", async () => {
		const before = await exporter().nextPage();
		await converse(lab(), { service: lab().service("web"), count: 10 });
		const after = await exporter().nextPage();
		for (const program of ["ingress_ethernet", "egress_ethernet", "walk"]) {
			expect(after.value(RUNS, { program })).toBeGreaterThan(before.value(RUNS, { program }));
			expect(after.value(SECONDS, { program })).toBeGreaterThan(before.value(SECONDS, { program }));
		}
	});
});

describeAsRoot("an exporter that was not asked for statistics of programs", 20_000, () => {
	const lab = withLab({ prefix: "opnorun" });
	const exporter = withExporter(lab);

	test("does not have them taken", async () => {
		const page = await exporter().nextPage();
		expect([page.series(RUNS), page.series(SECONDS)]).toEqual([[], []]);
		expect(page.value("lbscope_poll_interval_seconds")).toBe(0.3);
	});
});
