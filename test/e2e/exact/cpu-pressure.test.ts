/** Twice as many busy processes as CPUs, in front of all others: packets wait, and are counted all the same, once. */
import { availableParallelism } from "node:os";
import { afterEach, expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { LabProcess } from "../../../scripts/lab/processes.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { observe } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";
import { ANSWERED, converseAll, expectEqualToConntrack } from "./expect-exact.ts";

const BUSY_MS = 20_000;
const PATIENT = ANSWERED.map((shape) => ({ ...shape, timeoutSeconds: 20 }));
/** Conversations that end by one. */
const RESETS = 5;

describeAsRoot("CPU pressure", 60_000, () => {
	const lab = withLab({ prefix: "xbusy", clients: 2 });
	const exporter = withExporter(lab);
	let busy: LabProcess[] = [];
	afterEach(async () => void (await Promise.all(busy.map((each) => each.stop()))));

	test("changes no count: the page equals the interfaces and conntrack to the byte", async () => {
		const seen = await observe(lab(), exporter(), () => {
			busy = startBusy(lab());
			return converseAll(lab(), PATIENT).finally(() => Promise.all(busy.map((each) => each.stop())));
		});
		expect(seen.result.map(({ outcome }) => outcome)).toEqual(seen.result.map(() => "ok"));
		// A SYN that has to be sent again is on the interface, but conntrack passes over it.
		expectEqualToConntrack(lab(), {
			...seen,
			flows: seen.flows.filter(({ protocol }) => protocol !== "tcp"),
		});
		expect({
			packets: seen.grown("processed_packets_total"),
			bytes: seen.grown("processed_bytes_total"),
		}).toEqual(seen.wire);
		expect(seen.grown("total_requests")).toBe(seen.result.length);
		expect(seen.flows).toHaveLength(seen.result.length);
		expect(seen.grown("total_errors")).toBe(RESETS);
		expect(seen.grown("lb_rule_interaction_bytes", { dip: "unknown" })).toBe(0);
	});
});

/** `nice -n -10`: the traffic, the exporter and ksoftirqd get about a tenth of the CPUs. */
function startBusy(lab: Lab): LabProcess[] {
	const argv = ["nice", "-n", "-10", "sh", "-c", "while :; do :; done"];
	const count = 2 * availableParallelism();
	return Array.from({ length: count }, () => lab.spawn(undefined, argv, { timeoutMs: BUSY_MS }));
}
