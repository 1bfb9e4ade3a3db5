/** Turns the load balancer of a lab into one that forwards by IPVS. */
import { isIPv6 } from "node:net";
import type { Lab } from "../../../../scripts/lab/lab.ts";
import type { Site } from "../../../../scripts/lab/plan.ts";
import { inNetns, run } from "../../../../scripts/lab/run.ts";
import { VIPS } from "../../../../scripts/lab/services.ts";
import type { Protocol, Service } from "../../../../src/model/service.ts";

/** ipvsadm's word for the way of forwarding: masquerading is what it calls NAT. */
export const FORWARDING = { nat: "-m", direct: "-g", tunnel: "-i" } as const;

const SERVICE_FLAG: Readonly<Record<Protocol, string>> = {
	tcp: "-t",
	udp: "-u",
	sctp: "--sctp-service",
};

/** In place of the lab's own rules, and of what IPVS did before. */
export async function balanceByIpvs(lab: Lab, forwarding: keyof typeof FORWARDING): Promise<void> {
	await run(["modprobe", "--all", "ip_vs", "ip_vs_rr"]);
	await run(inNetns(lab.balancer.netns, ["nft", "flush", "ruleset"]));
	const rules = lab.services.flatMap((service) => rulesOf(service, FORWARDING[forwarding]));
	await run(inNetns(lab.balancer.netns, ["ipvsadm", "--clear"]));
	await run(inNetns(lab.balancer.netns, ["ipvsadm", "--restore"]), `${rules.join("\n")}\n`);
}

function rulesOf({ vip, port, protocol, endpoints }: Service, flag: string): string[] {
	const service = `${SERVICE_FLAG[protocol]} ${socketAddress(vip, port)}`;
	const destinations = endpoints.map((endpoint) => {
		return `-a ${service} -r ${socketAddress(endpoint.address, endpoint.port)} ${flag} -w 1`;
	});
	return [`-A ${service} -s rr`, ...destinations];
}

function socketAddress(address: string, port: number): string {
	return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Hides the clients from the endpoints, as kube-proxy does it in its IPVS mode. */
export async function masquerade(lab: Lab): Promise<void> {
	const { netns } = lab.balancer;
	await run(inNetns(netns, ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/vs/conntrack"]));
	const rule = 'oifname "endpoint*" masquerade';
	const chain = `type nat hook postrouting priority srcnat; ${rule}`;
	await run(inNetns(netns, ["nft", "-f", "-"]), `table inet lab {\nchain postrouting {\n${chain}\n}\n}\n`);
}

/** The endpoint opens the tunnels in which IPVS sends, and takes what is in them for the VIPs. */
export async function openTunnels(endpoint: Site): Promise<void> {
	const commands = [
		"modprobe --all ipip ip6_tunnel",
		`ip link add ipvs4 type ipip local ${endpoint.address[4]}`,
		`ip link add ipvs6 type ip6tnl mode ip6ip6 local ${endpoint.address[6]}`,
		"ip link set ipvs4 up",
		"ip link set ipvs6 up",
		// A packet from a client comes in where no route to that client goes out.
		...["all", "ipvs4"].map((device) => `echo 0 > /proc/sys/net/ipv4/conf/${device}/rp_filter`),
	];
	await run(inNetns(endpoint.netns, ["sh", "-e"]), commands.join("\n"));
}

/** The endpoint has the VIPs as its own addresses. */
export async function takeVips(endpoint: Site): Promise<void> {
	const commands = [`addr add ${VIPS[4]}/32 dev lo`, `addr add ${VIPS[6]}/128 dev lo nodad`];
	await run(inNetns(endpoint.netns, ["ip", "-batch", "-"]), `${commands.join("\n")}\n`);
}
