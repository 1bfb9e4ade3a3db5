/** The rules of the load balancer (real DNAT) and of the endpoints that swallow packets. */
import { isIPv6 } from "node:net";
import type { Service } from "../../src/model/service.ts";
import { kubeProxyRules } from "./kube-proxy-rules.ts";
import type { Plan } from "./plan.ts";
import { inNetns, run } from "./run.ts";
import { IP_FAMILIES } from "./services.ts";

export async function loadRules(plan: Plan): Promise<void> {
	await loadBalancerRules(plan);
	await Promise.all(plan.endpoints.map((site, index) => loadDropRules(plan, site.netns, index + 1)));
}

async function loadBalancerRules({ rules, balancer, services, masquerade }: Plan): Promise<void> {
	if (rules === "nftables") {
		await run(inNetns(balancer.netns, ["nft", "-f", "-"]), balancerRules(services, masquerade));
		return;
	}
	for (const family of IP_FAMILIES) {
		const program = rules.replace("iptables", family === 4 ? "iptables" : "ip6tables");
		const argv = [`${program}-restore`, "--wait"];
		await run(inNetns(balancer.netns, argv), kubeProxyRules(services, family));
	}
}

export function balancerRules(services: readonly Service[], masquerade: boolean): string {
	return `
table inet lab {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept
		${services.map(dnatRule).join("\n\t\t")}
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept
		${masquerade ? "ct status dnat masquerade" : ""}
	}
}
`;
}

function dnatRule({ vip, port, protocol, endpoints }: Service): string {
	const ip = isIPv6(vip) ? "ip6" : "ip";
	const targets = endpoints.map((endpoint, i) => `${i} : ${endpoint.address} . ${endpoint.port}`);
	const choice = `numgen inc mod ${endpoints.length} map { ${targets.join(", ")} }`;
	return `${ip} daddr ${vip} ${protocol} dport ${port} dnat ${ip} to ${choice}`;
}

async function loadDropRules(plan: Plan, netns: string, endpoint: number): Promise<void> {
	const dropped = plan.servicePlans.filter(
		({ behaviour, endpoints }) => behaviour === "drop" && endpoints.includes(endpoint),
	);
	if (dropped.length === 0) return;
	const rules = dropped.map(({ protocol, endpointPort }) => `${protocol} dport ${endpointPort} drop`);
	const chain = ["type filter hook input priority filter; policy accept", ...rules].join("\n");
	await run(inNetns(netns, ["nft", "-f", "-"]), `table inet lab {\nchain input {\n${chain}\n}\n}\n`);
}
