/**
 * Flowtables of nftables. tc sees what software forwards: __netif_receive_skb_core() runs tc before the ingress hook of
 * netfilter that flowtables are on, and what they send goes through dev_queue_xmit(). It sees nothing of what a NIC forwards.
 */
import { type Flowtable, readFlowtables } from "../bpf/flowtables.ts";
import { type Fact, ok, type Patient, warn } from "./fact.ts";
import { namespacesOf } from "./look-at.ts";

export function checkFlowtables({ config }: Patient): Fact[] {
	try {
		const facts = namespacesOf(config).flatMap((netns) => readFlowtables(netns).map(flowtableFact));
		return facts.length > 0 ? facts : [ok("no flowtables of nftables")];
	} catch (error) {
		return [warn((error as Error).message, "see that no nftables flowtable has flags offload")];
	}
}

export function flowtableFact({ table, name, isInHardware }: Flowtable): Fact {
	const what = `flowtable ${name} of table ${table}`;
	if (!isInHardware) return ok(`${what} is in software: its packets pass tc and are counted`);
	return warn(
		`${what} has flags offload: packets that the NIC forwards are not counted`,
		"take the flag off",
	);
}
