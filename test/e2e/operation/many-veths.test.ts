/** A node with many pods: veths that are there at the start, come, go and come back. */
import { expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { readLinks } from "../../../src/bpf/netlink.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Page } from "../page.ts";
import { startInside } from "./inside.ts";
import { insideConfig, runLbscope, withFiles } from "./program.ts";
import { programsOn } from "./programs-on.ts";

const VETHS = 60;
const AGAIN = 10;
const BOTH = ["tcx ingress", "tcx egress"];

describeAsRoot("interfaces: auto on a node with many veths", 60_000, () => {
	const lab = withLab({ prefix: "opveth" });
	const file = withFiles();
	const pins = withBpffs();

	test("attaches to all of them once, also to those that come again, and leaves them to the next run", async () => {
		const node = lab().balancer.netns;
		const pods = lab().endpoints[2]?.netns ?? "";
		const batch = (lines: readonly string[]) => run(inNetns(node, ["ip", "-batch", "-"]), lines.join("\n"));
		const make = (count: number) =>
			batch(
				numbers(count).flatMap((i) => [
					`link add v${i} type veth peer name v${i} netns ${pods}`,
					`link set v${i} up`,
				]),
			);
		await make(VETHS);
		const path = pins();
		const config = await file("auto.yaml", insideConfig(lab(), { interfaces: "auto", pins: { path } }));
		const all = VETHS + lab().interfaces.length;

		const first = await startInside(lab(), config);
		await first.pageWhere((page) => attachedOn(page) === all);
		expect(await programsOn(node, "v7")).toEqual(BOTH);
		await converse(lab(), { service: lab().service("web"), count: 3 });
		await first.pageWhere((page) => page.value("total_requests") === 3);

		await batch(numbers(AGAIN).map((i) => `link delete v${i}`));
		await first.pageWhere((page) => attachedOn(page) === all - AGAIN);
		await make(AGAIN);
		await first.pageWhere((page) => attachedOn(page) === all);
		expect(await programsOn(node, "v7")).toEqual(BOTH);
		expect((await first.process.stop()).code).toBe(0);

		expect(await programsOn(node, "v7")).toEqual(BOTH);
		const second = await startInside(lab(), config);
		const page = await second.pageWhere((each) => attachedOn(each) === all);
		expect(page.value("total_requests")).toBe(3);
		expect(await programsOn(node, "v7")).toEqual(BOTH);
		await second.process.stop();
		const cleaned = await runLbscope(lab(), ["cleanup", "--config", config], { netns: node });
		expect(cleaned.code).toBe(0);
		expect(await programsOn(node, "v7")).toEqual([]);
	});

	test("netlink gives each of more links than one read can hold", async () => {
		const { netns, path } = lab().clients[0] ?? { netns: "", path: "" };
		const lines = numbers(1500).map((i) => `link add many${i} type veth peer name peer${i}`);
		await run(inNetns(netns, ["ip", "-batch", "-"]), lines.join("\n"));
		const names = readLinks(path).map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		for (const kind of ["many", "peer"]) {
			expect(names.filter((name) => name.startsWith(kind))).toHaveLength(1500);
		}
	});
});

function attachedOn(page: Page): number {
	return page.sum("lbscope_interface_attached");
}

function numbers(count: number): number[] {
	return Array.from({ length: count }, (_, i) => i);
}
