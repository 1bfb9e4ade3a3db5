/** The counts of the host's firewall, while its owner changes his mind. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { hangup, rewrite } from "./reloads.ts";

const DROPPED = "lbscope_netfilter_dropped_packets_total";
const RULES = `table inet fence {
	chain forward {
		type filter hook forward priority filter
		udp dport 9 counter drop comment "discard"
	}
}`;

describeAsRoot("a reload that asks for the host's firewall, or no more", 60_000, () => {
	const lab = withLab({ prefix: "rhostfw" });
	const pins = withBpffs();

	async function send(count: number): Promise<void> {
		const code = [
			"import socket, sys",
			"client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
			"for _ in range(int(sys.argv[1])): client.sendto(b'x', ('10.20.1.2', 9))",
		].join("\n");
		await run(inNetns(lab().clients[0]?.netns ?? "", ["python3", "-c", code, String(count)]));
	}

	test.each(["pinned", "of this process"])("stops and goes on with the counts: %s", async (what) => {
		const path = pins();
		const start = {
			poll: { interval: "100ms" },
			reload: { watch: false },
			pins: what === "pinned" ? { path } : { enabled: false },
		};
		const on = { firewall: { host: true, netns: lab().balancer.path } };
		const link = join(path, "host", "link");
		await run(inNetns(lab().balancer.netns, ["nft", "-f", "-"]), RULES);
		const exporter = await startExporter(lab(), start);
		expect((await exporter.nextPage()).series(DROPPED)).toEqual([]);
		await rewrite(lab(), exporter, start, on);
		expect(await hangup(exporter)).toContain("changed=firewall");
		await send(7);
		const before = await exporter.pageWhere((page) => page.value("total_fw_drops") === 7);
		expect(before.value(DROPPED)).toBeGreaterThanOrEqual(7);
		expect(existsSync(link)).toBe(what === "pinned");

		await rewrite(lab(), exporter, start, {});
		expect(await hangup(exporter)).toContain("changed=firewall");
		const off = await exporter.nextPage();
		expect(off.series(DROPPED)).toEqual([]);
		expect(off.value("total_fw_drops")).toBe(0);
		expect(existsSync(link)).toBe(false);
		await run(inNetns(lab().balancer.netns, ["nft", "delete", "table", "inet", "fence"]));

		// Now with other programs, too.
		const rules = [{ name: "ours", action: "drop", protocol: "udp", ports: 12 }];
		await rewrite(lab(), exporter, start, { firewall: { ...on.firewall, rules } });
		expect(await hangup(exporter)).toContain("changed=firewall");
		const again = await exporter.pageWhere((page) => page.value("firewall_rules_count") === 1);
		expect(again.value("total_fw_drops")).toBe(7);
		expectNoneDown(again, before);
		await run(inNetns(lab().balancer.netns, ["nft", "-f", "-"]), RULES);
		await send(5);
		const after = await exporter.pageWhere((page) => page.value("total_fw_drops") === 12);
		expect(after.value(DROPPED) - again.value(DROPPED)).toBeGreaterThanOrEqual(5);
		await run(inNetns(lab().balancer.netns, ["nft", "delete", "table", "inet", "fence"]));
		await exporter.stop();
	});
});
