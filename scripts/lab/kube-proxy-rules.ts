/**
 * iptables rules in the shape that kube-proxy gives them (pkg/proxy/iptables of Kubernetes 1.30): chains for each service
 * and endpoint, a random choice, a mark for what is masqueraded. Clients in CLUSTER are pods, others come from outside.
 */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { hostPort } from "../../src/model/address.ts";
import type { Endpoint, Service } from "../../src/model/service.ts";
import type { IpFamily } from "./services.ts";

/** The network of client 1. */
const CLUSTER: Readonly<Record<IpFamily, string>> = { 4: "10.10.1.0/24", 6: "fd00:10:1::/64" };
const MASQUERADE_MARK = "0x4000";

/** For iptables-restore or ip6tables-restore. */
export function kubeProxyRules(services: readonly Service[], family: IpFamily): string {
	const mine = services.filter(({ vip }) => isIPv6(vip) === (family === 6));
	return [
		"*filter",
		":KUBE-FORWARD - [0:0]",
		`-A FORWARD ${comment("kubernetes forwarding rules")} -j KUBE-FORWARD`,
		"-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP",
		`-A KUBE-FORWARD -m mark --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j ACCEPT`,
		"-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
		"COMMIT",
		"*nat",
		...[":KUBE-SERVICES", ":KUBE-POSTROUTING", ":KUBE-MARK-MASQ"].map((chain) => `${chain} - [0:0]`),
		...mine.flatMap(chainsOf).map((chain) => `:${chain} - [0:0]`),
		`-A PREROUTING ${comment("kubernetes service portals")} -j KUBE-SERVICES`,
		`-A OUTPUT ${comment("kubernetes service portals")} -j KUBE-SERVICES`,
		`-A POSTROUTING ${comment("kubernetes postrouting rules")} -j KUBE-POSTROUTING`,
		`-A KUBE-POSTROUTING -m mark ! --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j RETURN`,
		`-A KUBE-POSTROUTING -j MARK --xor-mark ${MASQUERADE_MARK}`,
		"-A KUBE-POSTROUTING -j MASQUERADE --random-fully",
		`-A KUBE-MARK-MASQ -j MARK --or-mark ${MASQUERADE_MARK}`,
		...mine.flatMap((service) => rulesOf(service, CLUSTER[family])),
		"COMMIT",
		"",
	].join("\n");
}

function rulesOf(service: Service, cluster: string): string[] {
	const { label, vip, port, protocol, endpoints } = service;
	const chain = serviceChain(service);
	const to = `-d ${vip} -p ${protocol} ${comment(`${label} cluster IP`)} -m ${protocol} --dport ${port}`;
	return [
		`-A KUBE-SERVICES ${to} -j ${chain}`,
		`-A ${chain} ! -s ${cluster} ${to} -j KUBE-MARK-MASQ`,
		...endpoints.flatMap((endpoint, i) => {
			const rest = endpoints.length - i;
			const chance = rest === 1 ? "" : `-m statistic --mode random --probability ${(1 / rest).toFixed(11)} `;
			const target = hostPort(endpoint.address, endpoint.port);
			const endpointChain = chainOfEndpoint(service, endpoint);
			return [
				`-A ${chain} ${comment(`${label} -> ${target}`)} ${chance}-j ${endpointChain}`,
				// An endpoint that asks its own service would else get the answer from an address that it never asked.
				`-A ${endpointChain} -s ${endpoint.address} -j KUBE-MARK-MASQ`,
				`-A ${endpointChain} -p ${protocol} -m ${protocol} -j DNAT --to-destination ${target}`,
			];
		}),
	];
}

function chainsOf(service: Service): string[] {
	return [serviceChain(service), ...service.endpoints.map((endpoint) => chainOfEndpoint(service, endpoint))];
}

function serviceChain({ label, protocol }: Service): string {
	return `KUBE-SVC-${hashOf(`${label}${protocol}`)}`;
}

function chainOfEndpoint({ label, protocol }: Service, { address, port }: Endpoint): string {
	return `KUBE-SEP-${hashOf(`${label}${protocol}${hostPort(address, port)}`)}`;
}

/** Names of chains have 28 characters at most. */
function hashOf(text: string): string {
	return createHash("sha256").update(text).digest("hex").slice(0, 16).toUpperCase();
}

function comment(text: string): string {
	return `-m comment --comment "${text}"`;
}
