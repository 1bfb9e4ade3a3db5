/** The servers of the endpoints, and the wait until the network carries packets. */
import type { Plan, Site } from "./plan.ts";
import type { Processes } from "./processes.ts";
import { program } from "./programs.ts";
import { inNetns, run } from "./run.ts";
import { VIPS } from "./services.ts";

/** One server process per endpoint, which says who it is on every port; returns when all of them listen. */
export async function startServers(plan: Plan, processes: Processes): Promise<void> {
	const servers = plan.endpoints.map((site, index) => {
		const argv = program("serve.py", [
			"--addresses",
			site.address[4],
			site.address[6],
			...listens(plan, index + 1),
		]);
		return processes.spawn(site.netns, argv, { timeoutMs: 0 });
	});
	await Promise.all(servers.map((server) => server.waitFor("ready")));
}

function listens(plan: Plan, endpoint: number): string[] {
	const ports = plan.servicePlans
		.filter((service) => service.endpoints.includes(endpoint))
		.filter(({ behaviour, protocol }) => needsServer(behaviour, protocol))
		.map(({ protocol, endpointPort, behaviour }) => `${protocol}/${endpointPort}/${behaviour}`);
	return ports.length === 0 ? [] : ["--listen", ...ports];
}

/** The kernel refuses TCP and UDP by itself; it has no SCTP, so there somebody has to say ABORT. */
function needsServer(behaviour: string, protocol: string): boolean {
	return behaviour === "answer" || behaviour === "reset" || (behaviour === "refuse" && protocol === "sctp");
}

/** From every client to its gateway, to the VIPs and to every endpoint, over IPv4 and IPv6. */
export async function waitUntilReachable(plan: Plan): Promise<void> {
	const endpoints = plan.endpoints.flatMap(addressesOf);
	const all = plan.clients.map((client) => {
		const targets = [...Object.values(client.gateway), ...Object.values(VIPS), ...endpoints];
		return run(inNetns(client.netns, program("reach.py", targets)));
	});
	await Promise.all(all);
}

function addressesOf(site: Site): string[] {
	return Object.values(site.address);
}
