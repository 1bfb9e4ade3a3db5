/** What a lab can look like. */
import type { ServicePlan } from "./services.ts";

export type RulesKind = "nftables" | "iptables-legacy" | "iptables-nft";

export interface LabOptions {
	/** Namespaces are called lbs-<prefix>-...: labs of different prefixes stand side by side. */
	readonly prefix: string;
	readonly clients?: 1 | 2;
	/** What translates: iptables as kube-proxy writes it, see kube-proxy-rules.ts, or by default plain nftables. */
	readonly rules?: RulesKind;
	/** Hide clients from the endpoints behind the load balancer's own address. Not for iptables: there client 2 is. */
	readonly masquerade?: boolean;
	/** Segmentation, GRO and checksum offloads on both ends of every veth pair. Off: each packet is one wire packet. */
	readonly offloads?: "on" | "off";
	/** Attach the clients to ports of a bridge in the load balancer. */
	readonly bridge?: false | { readonly netfilter: boolean };
	readonly services?: readonly ServicePlan[];
}

/** Also the shape that remains are recognised by, so it allows nothing that a namespace name could not hold. */
export function checkPrefix(prefix: string): void {
	if (/^[a-z][a-z0-9]{0,19}$/.test(prefix)) return;
	throw new Error(`Cannot use lab prefix "${prefix}": expected 1 to 20 lower-case letters and digits`);
}
