import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { labConfig, runLbscope, withFiles } from "../operation/program.ts";
import type { Page } from "../page.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { withExporter } from "../with-exporter.ts";

/** The one with the name of a rule of ours gets another one on the page. */
const RULES = `
table inet fence {
	chain forward {
		type filter hook forward priority filter; policy accept
		udp dport 9 counter drop comment "discard"
		udp dport 10 counter drop comment "ours"
		udp dport 11 counter accept
	}
}
`;

function drops(page: Page): Record<string, number> {
	const rules = page.series("total_fw_drops_per_rule");
	return Object.fromEntries(rules.map(({ labels, value }) => [labels.fw_rule, value]));
}

describeAsRoot("firewall rules of the host", 30_000, () => {
	const lab = withLab({ prefix: "opfwhost" });
	const pins = withBpffs();
	const file = withFiles();
	const nft = (rules: string) => run(inNetns(lab().balancer.netns, ["nft", "-f", "-"]), rules);
	const exporter = withExporter(lab, () => ({
		firewall: {
			host: true,
			netns: lab().balancer.path,
			rules: [{ name: "ours", action: "drop", protocol: "udp", ports: 12 }],
		},
	}));

	async function send(port: number, count: number): Promise<void> {
		const code = [
			"import socket, sys",
			"client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
			"for _ in range(int(sys.argv[2])): client.sendto(b'x', ('10.20.1.2', int(sys.argv[1])))",
		].join("\n");
		const { netns = "" } = lab().clients[0] ?? {};
		await run(inNetns(netns, ["python3", "-c", code, String(port), String(count)]));
	}

	test("count what they drop beside ours, under other names, and not what they allow", async () => {
		expect(drops(await exporter().nextPage())).toEqual({ ours: 0 });
		await nft(RULES);
		for (const [i, port] of [9, 10, 11, 12].entries()) await send(port, 10 + i);
		const page = await exporter().pageWhere((each) => drops(each).discard === 10);
		expect(drops(page)).toEqual({ ours: 13, discard: 10, "nft:ours": 11 });
		expect(page.value("total_fw_drops")).toBe(34);
		expect(page.value("firewall_rules_count")).toBe(3);
		expect(page.value("lbscope_netfilter_rule_dropped_packets_total")).toBe(21);
		// Other namespaces of this machine may drop as well. Our own rules drop before netfilter does.
		expect(page.value("lbscope_netfilter_dropped_packets_total")).toBeGreaterThanOrEqual(21);
	});

	test("keep their counts when they are loaded anew, or are gone", async () => {
		await nft(`delete table inet fence\n${RULES}`);
		await send(9, 5);
		await exporter().pageWhere((page) => drops(page).discard === 15);
		await nft("delete table inet fence");
		const page = await exporter().pageWhere((each) => each.value("firewall_rules_count") === 1);
		expect(drops(page)).toEqual({ ours: 13, discard: 15, "nft:ours": 11 });
	});

	test("keep their counts over a restart in which they are deleted, and drops go on being counted", async () => {
		const overrides = { pins: { path: pins() }, firewall: { host: true, netns: lab().balancer.path } };
		await nft(RULES);
		const first = await startExporter(lab(), overrides);
		await send(9, 7);
		const before = await first.pageWhere((page) => drops(page).discard === 7);
		await first.stop();
		await send(9, 5);
		await nft("delete table inet fence");
		const second = await startExporter(lab(), overrides);
		const after = await second.nextPage();
		// What was counted and deleted while nobody looked is lost to the rule, not to the kernel's own count.
		expect(drops(after)).toEqual(drops(before));
		expect(after.value("total_fw_drops")).toBe(7);
		const name = "lbscope_netfilter_dropped_packets_total";
		expect(after.value(name) - before.value(name)).toBeGreaterThanOrEqual(5);
		expectNoneDown(after, before);
		await second.stop();
		const off = await startExporter(lab(), { pins: overrides.pins });
		expect((await off.nextPage()).series(name)).toEqual([]);
		expect(existsSync(join(overrides.pins.path, "host", "link"))).toBe(false);
		await off.stop();
		const config = await file("cleanup.yaml", labConfig(lab(), { pins: overrides.pins }));
		expect((await runLbscope(lab(), ["cleanup", "--config", config])).stdout).toMatch(/\nok\n$/);
		expect(existsSync(overrides.pins.path)).toBe(false);
	});
});
