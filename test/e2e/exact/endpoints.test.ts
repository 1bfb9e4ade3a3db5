/** dip is the endpoint that answered: endpoints say who they are, and each conversation how much it sent and received. */
import { beforeAll, expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { calmTcp, withoutRetransmission } from "../calm-tcp.ts";
import { exchange } from "../exchange.ts";
import { observe, sumTraffic, type Traffic } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const LABELS = ["web", "web-v6", "dns", "dns-v6", "ngap", "ngap-v6"];
const CLIENTS = [1, 2] as const;
const SHAPE = { count: 60, concurrency: 30, requestBytes: 800, responseBytes: 1200 };

describeAsRoot("endpoints and clients", 30_000, () => {
	const lab = withLab({ prefix: "xends", clients: 2 });
	beforeAll(() => calmTcp(lab()));
	const exporter = withExporter(lab);

	test("have of each other's traffic what the conversations say", async () => {
		const seen = await withoutRetransmission(lab(), () =>
			observe(lab(), exporter(), () => expectedPairs(lab())),
		);
		const counted = Object.keys(seen.result).map((key) => {
			const [service = "", sip = "", dip = ""] = key.split(" ");
			const packets = seen.grown("lb_rule_interaction_packets", { service, sip, dip });
			return [key, { packets, bytes: seen.grown("lb_rule_interaction_bytes", { service, sip, dip }) }];
		});
		expect(counted).toHaveLength(LABELS.length * CLIENTS.length * 3);
		expect(Object.fromEntries(counted)).toEqual(seen.result);
	});

	test("are all that have traffic", async () => {
		const page = await exporter().nextPage();
		const dips = page.series("lb_rule_interaction_bytes").map(({ labels }) => labels.dip ?? "");
		const addresses = lab().endpoints.flatMap(({ address }) => Object.values(address));
		expect([...new Set(dips)].sort()).toEqual(addresses.sort());
	});
});

/** By service, client and endpoint, of conversations with all services at once. */
async function expectedPairs(lab: Lab): Promise<Record<string, Traffic>> {
	const running = CLIENTS.flatMap((client) =>
		LABELS.map(async (label) => {
			const service = lab.service(label);
			const rows = await exchange(lab, { service, client, ...SHAPE });
			const sip = lab.clients[client - 1]?.address[label.endsWith("-v6") ? 6 : 4];
			return sumTraffic(
				rows,
				({ endpoint }) => `${label} ${sip} ${endpoint}`,
				({ traffic }) => traffic,
			);
		}),
	);
	return Object.assign({}, ...(await Promise.all(running)));
}
