/** Verdicts from what clients experience, beside real traffic. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { DEFAULT_SERVICES, type ServicePlan } from "../../../scripts/lab/services.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Page } from "../page.ts";
import { withExporter } from "../with-exporter.ts";

const SERVER = fileURLToPath(new URL("http-server.py", import.meta.url));
const OWN: ServicePlan = {
	name: "own",
	protocol: "tcp",
	port: 90,
	endpointPort: 9090,
	endpoints: [1],
	behaviour: "external",
};
const LABELS = { service: "own", dip: "10.20.1.2", port: "9090" };

function healthOf(page: Page, service: string): string {
	const series = page.series("lbscope_endpoint_healthy").filter(({ labels }) => labels.service === service);
	return series.map(({ value }) => value).join("");
}

describeAsRoot("passive health", 60_000, () => {
	const lab = withLab({ prefix: "hpassive", services: [...DEFAULT_SERVICES, OWN] });
	const exporter = withExporter(lab, {
		health: { source: "passive", fall: 2, enabled: true },
		timeouts: { tcp_handshake: "500ms" },
	});

	async function use(
		label: string,
		count: number,
		more: { timeoutSeconds?: number; firstPort?: number } = {},
	) {
		await converse(lab(), { service: lab().service(label), count, ...more });
	}

	test("knows nothing without traffic", async () => {
		const page = await exporter().nextPage();
		expect(page.series("lbscope_endpoint_healthy")).toEqual([]);
		expect(page.value("unhealthy_endpoints_count")).toBe(0);
	});

	test("tells who takes connections, by what became of them", async () => {
		await use("web", 6);
		await use("web-v6", 6);
		await use("ngap", 6);
		await use("refused", 6);
		await use("abort", 6);
		await use("blackhole-v6", 2, { timeoutSeconds: 0.3 });
		await use("dns", 6, { firstPort: 20_000 });
		await use("closed", 6, { firstPort: 20_000 });
		const page = await exporter().pageWhere((each) => healthOf(each, "blackhole-v6") === "0");
		expect(healthOf(page, "web")).toBe("111");
		expect(healthOf(page, "web-v6")).toBe("111");
		expect(healthOf(page, "ngap")).toBe("111");
		expect(healthOf(page, "refused")).toBe("000");
		expect(healthOf(page, "abort")).toBe("000");
		expect(healthOf(page, "dns")).toBe("111");
		// Never answered: it may be a protocol without answers.
		expect(healthOf(page, "closed")).toBe("");
		expect(page.value("lbscope_map_entries", { map: "handshakes" })).toBeGreaterThan(15);
		expect(exporter().log()).toContain(
			'services=refused reason="the last 2 connects of clients failed: refused"',
		);
		expect(exporter().log()).toContain("connects of clients failed: not answered");
	});

	test("takes a verdict back at the first client that gets through, and counts the turns", async () => {
		await use("own", 2);
		const down = await exporter().pageWhere((page) => healthOf(page, "own") === "0");
		const turns = "lbscope_endpoint_health_transitions_total";
		expect(down.value(turns, { ...LABELS, to: "unhealthy" })).toBe(0);
		const { netns } = lab().endpoints[0] ?? {};
		lab().spawn(netns, ["python3", "-u", SERVER, "9090", "10.20.1.2"], { timeoutMs: 0 });
		let up = down;
		while (healthOf(up, "own") === "0") {
			await use("own", 1);
			up = await exporter().nextPage();
		}
		expect(up.value(turns, { ...LABELS, to: "healthy" })).toBe(1);
		expect(exporter().log()).toMatch(
			/event="endpoint is healthy".* services=own reason="a client has got through"/,
		);
	});
});
