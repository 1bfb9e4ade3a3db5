/**
 * Turns a lab into one with direct routing: the load balancer routes the VIPs, unchanged, to an endpoint that has them as
 * its own addresses. Who it is shows in the Ethernet address alone.
 */

import type { Lab } from "../../scripts/lab/lab.ts";
import type { Site } from "../../scripts/lab/plan.ts";
import { program } from "../../scripts/lab/programs.ts";
import { inNetns, run } from "../../scripts/lab/run.ts";
import { IP_FAMILIES, type ServicePlan, VIPS } from "../../scripts/lab/services.ts";

/** The port stays as it is, too. The servers are started below: they have to listen at the VIPs. */
export const DIRECT_SERVICES: readonly ServicePlan[] = [
	{ name: "web", protocol: "tcp", port: 8080, endpointPort: 8080, endpoints: [1, 2], behaviour: "external" },
	{ name: "dns", protocol: "udp", port: 5353, endpointPort: 5353, endpoints: [1, 2], behaviour: "external" },
	{
		name: "ngap",
		protocol: "sctp",
		port: 38412,
		endpointPort: 38412,
		endpoints: [1, 2],
		behaviour: "external",
	},
];

export async function routeDirectly(lab: Lab, endpoint: Site): Promise<void> {
	await inside(lab.balancer.netns, [
		"nft flush ruleset",
		...IP_FAMILIES.flatMap((family) => [
			`ip addr del ${VIPS[family]}/${family === 4 ? 32 : 128} dev lo`,
			`ip route add ${VIPS[family]} via ${endpoint.address[family]}`,
		]),
	]);
	await inside(endpoint.netns, [
		`ip addr add ${VIPS[4]}/32 dev lo`,
		`ip addr add ${VIPS[6]}/128 dev lo nodad`,
	]);
	await serveVips(lab, endpoint);
}

/** The endpoint has to have the VIPs. */
export async function serveVips(lab: Lab, endpoint: Site): Promise<void> {
	const listen = DIRECT_SERVICES.map(({ protocol, port }) => `${protocol}/${port}/answer`);
	const server = program("serve.py", ["--addresses", ...Object.values(VIPS), "--listen", ...listen]);
	await lab.spawn(endpoint.netns, server, { timeoutMs: 0 }).waitFor("ready");
}

const BYPASS = "bypass";
const BYPASS_MACS = { client: "02:00:00:00:30:01", endpoint: "02:00:00:00:30:02" };

/** Replies take a link of their own to the client: the load balancer sees one direction only. */
export async function replyPastBalancer(client: Site, endpoint: Site): Promise<void> {
	const near = `${BYPASS} netns ${client.netns} address ${BYPASS_MACS.client}`;
	const far = `${BYPASS} netns ${endpoint.netns} address ${BYPASS_MACS.endpoint}`;
	await run(["ip", "link", "add", ...near.split(" "), "type", "veth", "peer", "name", ...far.split(" ")]);
	// A packet from the VIP comes in where no route to the VIP goes out.
	await inside(client.netns, [
		...["all", BYPASS].map((device) => `echo 0 > /proc/sys/net/ipv4/conf/${device}/rp_filter`),
		`ip link set ${BYPASS} up`,
	]);
	await inside(endpoint.netns, [
		`ip link set ${BYPASS} up`,
		...IP_FAMILIES.flatMap((family) => [
			`ip neigh replace ${client.address[family]} lladdr ${BYPASS_MACS.client} dev ${BYPASS} nud permanent`,
			`ip route add ${client.address[family]} dev ${BYPASS}`,
		]),
	]);
}

function inside(netns: string, commands: readonly string[]): Promise<string> {
	return run(inNetns(netns, ["sh", "-e"]), commands.join("\n"));
}
