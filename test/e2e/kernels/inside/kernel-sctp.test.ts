/** Associations of the kernel's own SCTP sockets, which have timers, bundling and cookies that the lab's peers lack. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { Lab } from "../../../../scripts/lab/lab.ts";
import { inNetns, run } from "../../../../scripts/lab/run.ts";
import type { ServicePlan } from "../../../../scripts/lab/services.ts";
import { describeAsRoot } from "../../../lab/as-root.ts";
import { withLab } from "../../../lab/with-lab.ts";
import { conntrackSums, type Observed, observe, serviceOf } from "../../truth.ts";
import { withExporter } from "../../with-exporter.ts";

const PEER = fileURLToPath(new URL("sctp-peer.py", import.meta.url));
const ALL = [1, 2, 3];
const EXTERNAL = { protocol: "sctp", behaviour: "external", endpoints: ALL } as const;
const SERVICES: readonly ServicePlan[] = [
	{ ...EXTERNAL, name: "ngap", port: 38412, endpointPort: 38412 },
	{ ...EXTERNAL, name: "nobody", port: 38413, endpointPort: 38413 },
];
const COUNT = 6;
const BYTES = 20_000;
const NOBODY = ["nobody", "nobody-v6"];

describeAsRoot("SCTP sockets of the kernel", 60_000, () => {
	const lab = withLab({ prefix: "ksctp", services: SERVICES });
	beforeAll(async () => {
		// It stays, and answers the lab's own SCTP peers of later tests: it knows no socket of theirs.
		await run(["modprobe", "sctp"]);
		await Promise.all([lab().balancer, ...lab().clients, ...lab().endpoints].map(stopSegmentation));
		await Promise.all(lab().endpoints.flatMap(({ netns, address }) => listen(lab(), netns, address)));
	});
	const exporter = withExporter(lab, { timeouts: { sctp: "3s" } });

	test("count as conntrack counts them, and are errors where they abort or nobody listens", async () => {
		const calls = ["graceful", "abort"].flatMap((end) =>
			["ngap", "ngap-v6"].map((label) => ({ end, label })),
		);
		const seen = await observe(lab(), exporter(), async () => {
			const outcomes: string[] = [];
			for (const { end, label } of calls) outcomes.push(...(await call(lab(), label, end)));
			for (const label of NOBODY) outcomes.push(...(await call(lab(), label, "graceful")));
			return outcomes;
		});
		expect(seen.result).toEqual([...Array(4 * COUNT).fill("ok"), ...Array(2 * COUNT).fill("refused")]);
		expectEqualToConntrack(lab(), seen);
		expect(seen.grown("total_requests")).toBe(6 * COUNT);
		for (const service of ["ngap", "ngap-v6", ...NOBODY])
			expect(seen.grown("total_errors_per_service", { service })).toBe(COUNT);
	});
});

/** Messages leave as the packets that they are: conntrack counts a super-packet once. */
async function stopSegmentation({ netns }: { readonly netns: string }): Promise<void> {
	const script = `
for device in $(ip -o link show type veth | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/'); do
	ethtool -K "$device" tx-sctp-segmentation off
done
`;
	await run(inNetns(netns, ["sh", "-e"]), script);
}

function listen(lab: Lab, netns: string, address: Readonly<Record<4 | 6, string>>): Promise<string>[] {
	return Object.values(address).map((each) => {
		return lab.spawn(netns, ["python3", PEER, "serve", each, "38412"], { timeoutMs: 0 }).waitFor("ready");
	});
}

async function call(lab: Lab, label: string, end: string): Promise<string[]> {
	const { vip, port } = lab.service(label);
	const argv = ["python3", PEER, "call", vip, String(port), String(COUNT), String(BYTES), end];
	const { code, stdout, stderr } = await lab.spawn(lab.clients[0]?.netns, argv).ended;
	if (code !== 0) throw new Error(`Cannot call ${label}: ${stderr}`);
	return stdout.trim().split("\n");
}

function expectEqualToConntrack(lab: Lab, { flows, grown, wire }: Observed<unknown>): void {
	const pairs = conntrackSums(flows, (flow) => `${serviceOf(lab, flow)} ${flow.reply.source}`);
	const counted = Object.keys(pairs).map((key) => {
		const [service = "", dip = ""] = key.split(" ");
		const packets = grown("lb_rule_interaction_packets", { service, dip });
		return [key, { packets, bytes: grown("lb_rule_interaction_bytes", { service, dip }) }];
	});
	expect(Object.fromEntries(counted)).toEqual(pairs);
	expect({ packets: grown("processed_packets_total"), bytes: grown("processed_bytes_total") }).toEqual(wire);
}
