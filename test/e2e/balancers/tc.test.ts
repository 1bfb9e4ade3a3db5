/** A load balancer that is a BPF program in tc: netfilter sees none of it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { calmTcp } from "../calm-tcp.ts";
import { withExporter } from "../with-exporter.ts";
import { ANSWERING_SERVICES, exchangeWith, expectCounted } from "./exchanges.ts";
import { redirectByTc } from "./redirecting.ts";

const COUNT = 24;

describeAsRoot("tc: bpf_redirect_neigh", 30_000, () => {
	const { lab, exporter } = withRedirection("xtcneigh", false);

	test("every byte is its endpoint's, and conntrack has seen none", async () => {
		const seen = await exchangeWith(lab(), exporter(), lab().services, COUNT);
		expectCounted(seen, ({ endpoint }) => endpoint);
		expect(new Set(seen.result.map(({ endpoint }) => endpoint)).size).toBe(6);
		expect(seen.flows).toEqual([]);
	});
});

/** As Cilium does it for pods of the node: the packet never passes the egress hook on which the endpoint shows. */
describeAsRoot("tc: bpf_redirect_peer", 30_000, () => {
	const { lab, exporter } = withRedirection("xtcpeer", true);

	test("every byte is its client's and service's, of an unknown endpoint", async () => {
		const seen = await exchangeWith(lab(), exporter(), lab().services, COUNT);
		expectCounted(seen, () => "unknown");
		expect(seen.flows).toEqual([]);
	});
});

function withRedirection(prefix: string, toPeer: boolean) {
	const lab = withLab({ prefix, services: ANSWERING_SERVICES });
	let close: (() => void) | undefined;
	beforeAll(async () => {
		await calmTcp(lab());
		close = await redirectByTc(lab(), toPeer);
	});
	afterAll(() => close?.());
	return { lab, exporter: withExporter(lab) };
}
