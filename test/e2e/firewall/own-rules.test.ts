import { expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { countBy, withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { withExporter } from "../with-exporter.ts";

/** Client 1 is 10.10.1.2 and fd00:10:1::2, client 2 is 10.10.2.2; the VIPs are 10.99.0.1 and fd00:99::1. */
const RULES = [
	{ name: "watch_dns", action: "count", protocol: "udp", ports: [53] },
	{ name: "block_v4", action: "drop", source: "10.10.1.0/24", protocol: "udp", ports: ["50-60"] },
	{
		name: "block_v6",
		action: "drop",
		source: ["fd00:10:1::/48"],
		destination: "fd00:99::/64",
		protocol: "udp",
	},
	{ name: "block_tcp", action: "drop", protocol: "tcp", ports: [81, "8000-8100"] },
	{ name: "never_reached", action: "drop", source: "10.10.1.2", protocol: "udp", ports: 53 },
];

function drops(page: Page): Record<string, number> {
	const rules = page.series("total_fw_drops_per_rule");
	return Object.fromEntries(rules.map(({ labels, value }) => [labels.fw_rule, value]));
}

describeAsRoot("firewall rules of our own", 20_000, () => {
	const lab = withLab({ prefix: "opfw", clients: 2 });
	const exporter = withExporter(lab, { firewall: { rules: RULES } });

	/** Datagrams to a service, whether anybody answers or not: exactly so many packets. */
	async function sendDatagrams(client: 1 | 2, address: string, count: number): Promise<void> {
		const code = [
			"import socket, sys",
			"address, count = sys.argv[1], int(sys.argv[2])",
			"family = socket.AF_INET6 if ':' in address else socket.AF_INET",
			"client = socket.socket(family, socket.SOCK_DGRAM)",
			"for _ in range(count): client.sendto(b'x' * 32, (address, 53))",
		].join("\n");
		const { netns = "" } = lab().clients[client - 1] ?? {};
		await run(inNetns(netns, ["python3", "-c", code, address, String(count)]));
	}

	test("begin at zero, and are all there", async () => {
		const page = await exporter().nextPage();
		expect(page.value("firewall_rules_count")).toBe(5);
		expect(drops(page)).toEqual({ block_v4: 0, block_v6: 0, block_tcp: 0, never_reached: 0 });
	});

	test("drop what they name, to the packet, and let the rest pass", async () => {
		await sendDatagrams(1, "10.99.0.1", 37);
		await sendDatagrams(1, "fd00:99::1", 23);
		const passed = await converse(lab(), { service: lab().service("dns"), client: 2, count: 10 });
		expect(countBy(passed, "outcome")).toEqual({ ok: 10 });
		const page = await exporter().nextPage();
		expect(drops(page)).toEqual({ block_v4: 37, block_v6: 23, block_tcp: 0, never_reached: 0 });
		expect(page.value("total_fw_drops")).toBe(60);
		// It allows: its hits are no drops. Every datagram to port 53 came by, answers go to another port.
		expect(page.value("lbscope_firewall_matched_packets_total", { fw_rule: "watch_dns" })).toBe(70);
		// What was dropped is in no flow.
		expect(page.value("total_requests_per_service", { service: "dns" })).toBe(10);
		expect(page.value("service_traffic_packets", { service: "dns" })).toBe(20);
		expect(page.value("service_traffic_packets", { service: "dns-v6" })).toBe(0);
		expectIdentities(page);
	});

	test("drop connections to a TCP port of either family, and no others", async () => {
		const timeoutSeconds = 0.5;
		for (const label of ["refused", "refused-v6"]) {
			const rows = await converse(lab(), { service: lab().service(label), count: 3, timeoutSeconds });
			expect(countBy(rows, "outcome")).toEqual({ timeout: 3 });
		}
		for (const label of ["web", "web-v6", "ngap"]) {
			const rows = await converse(lab(), { service: lab().service(label), count: 3 });
			expect(countBy(rows, "outcome")).toEqual({ ok: 3 });
		}
		const page = await exporter().nextPage();
		expect(drops(page).block_tcp).toBeGreaterThanOrEqual(6);
		expect(page.value("total_requests_per_service", { service: "refused" })).toBe(0);
		expectIdentities(page);
	});
});

describeAsRoot("a rule of 50,000 prefixes", 30_000, () => {
	const lab = withLab({ prefix: "opfwbig", clients: 2 });
	// Every second /24 and /64, and client 1 among them.
	const v4 = Array.from(
		{ length: 24_999 },
		(_, i) => `${100 + (i >> 14)}.${(i >> 7) & 127}.${(i & 127) * 2}.0/24`,
	);
	const v6 = Array.from({ length: 25_000 }, (_, i) => `2001:db8:${(i * 2).toString(16)}::/64`);
	const rules = [{ name: "list", action: "drop", source: [...v4, "10.10.1.2/32", ...v6] }];
	const exporter = withExporter(lab, { firewall: { rules } });

	test("drops who is on it", async () => {
		const service = lab().service("dns");
		const dropped = await converse(lab(), { service, client: 1, count: 5, timeoutSeconds: 0.3 });
		const passed = await converse(lab(), { service, client: 2, count: 5 });
		expect([countBy(dropped, "outcome"), countBy(passed, "outcome")]).toEqual([{ timeout: 5 }, { ok: 5 }]);
		const page = await exporter().nextPage();
		expect(drops(page).list).toBeGreaterThanOrEqual(5);
		expect(page.value("service_traffic_packets", { service: "dns" })).toBe(10);
		expectIdentities(page);
	});
});

describeAsRoot("no firewall rules", 20_000, () => {
	const lab = withLab({ prefix: "opfwnone" });
	const exporter = withExporter(lab);

	test("drop nothing", async () => {
		for (const label of ["web", "web-v6", "dns", "dns-v6", "ngap", "ngap-v6"]) {
			const rows = await converse(lab(), { service: lab().service(label), count: 5 });
			expect(countBy(rows, "outcome")).toEqual({ ok: 5 });
		}
		const page = await exporter().nextPage();
		expect([page.value("total_fw_drops"), page.value("firewall_rules_count")]).toEqual([0, 0]);
		expect(page.series("total_fw_drops_per_rule")).toEqual([]);
	});
});
