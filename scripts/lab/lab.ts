/** A small real network on this machine: clients, a load balancer that does nftables DNAT, three endpoints. */
import type { Service } from "../../src/model/service.ts";
import { loadRules } from "./nat.ts";
import type { LabOptions } from "./options.ts";
import { BRIDGE, type Netns, type Plan, planLab, type Site, sitesOf } from "./plan.ts";
import { createProcesses, type LabProcess, type Processes, type SpawnOptions } from "./processes.ts";
import { HOST, recordProcess } from "./record.ts";
import { removeRemains } from "./remains.ts";
import { inNetns, run } from "./run.ts";
import { startServers, waitUntilReachable } from "./servers.ts";
import { buildTopology, rebuildLink } from "./topology.ts";

export interface LabInterface {
	readonly name: string;
	/** Path of the namespace, as the exporter's config wants it. */
	readonly netns: string;
	readonly side: "client" | "endpoint";
}

export interface Lab {
	readonly prefix: string;
	readonly balancer: Netns;
	readonly clients: readonly Site[];
	readonly endpoints: readonly Site[];
	/** Interfaces of the load balancer, the lowest ones: with a bridge its ports. */
	readonly interfaces: readonly LabInterface[];
	/** The bridge above the client ports, if there is one. */
	readonly bridge: string | undefined;
	readonly services: readonly Service[];
	/** The service with this label, see services.ts. */
	service(label: string): Service;
	/** Deletes the link of this port, with all that its two ends have. */
	cutLink(port: string): Promise<void>;
	/** Makes a link that was cut anew, as it was. */
	mendLink(port: string): Promise<void>;
	spawn(netns: string | undefined, argv: readonly string[], options?: SpawnOptions): LabProcess;
	remove(): Promise<void>;
}

/** Brings the network and its servers up. Remains of an earlier lab with the same prefix are removed first. */
export async function createLab(options: LabOptions): Promise<Lab> {
	if (process.getuid?.() !== 0) throw new Error("Cannot build a lab: network namespaces need root");
	const plan = planLab(options);
	const processes = createProcesses(plan.prefix);
	const lab = describe(plan, processes);
	await removeRemains(plan.prefix);
	try {
		recordProcess(plan.prefix, "owner", process.pid, HOST);
		await buildTopology(plan);
		await loadRules(plan);
		await startServers(plan, processes);
		await waitUntilReachable(plan);
		return lab;
	} catch (error) {
		await lab.remove();
		throw error;
	}
}

function describe(plan: Plan, processes: Processes): Lab {
	return {
		prefix: plan.prefix,
		balancer: plan.balancer,
		clients: plan.clients,
		endpoints: plan.endpoints,
		interfaces: interfacesOf(plan),
		bridge: plan.bridge ? BRIDGE : undefined,
		services: plan.services,
		service: (label) => findService(plan.services, label),
		async cutLink(port) {
			await run(inNetns(plan.balancer.netns, ["ip", "link", "delete", siteAt(plan, port).port]));
		},
		mendLink: (port) => rebuildLink(plan, siteAt(plan, port)),
		spawn: processes.spawn,
		async remove() {
			await processes.stopAll();
			await removeRemains(plan.prefix);
		},
	};
}

function interfacesOf(plan: Plan): LabInterface[] {
	const netns = plan.balancer.path;
	return [
		...plan.clients.map(({ port }) => ({ name: port, netns, side: "client" as const })),
		...plan.endpoints.map(({ port }) => ({ name: port, netns, side: "endpoint" as const })),
	];
}

function siteAt(plan: Plan, port: string): Site {
	const found = sitesOf(plan).find((site) => site.port === port);
	if (!found)
		throw new Error(`Cannot find port ${port} in the lab: it has ${sitesOf(plan).map((s) => s.port)}`);
	return found;
}

function findService(services: readonly Service[], label: string): Service {
	const found = services.find((service) => service.label === label);
	if (!found)
		throw new Error(`Cannot find service "${label}" in the lab: it has ${services.map((s) => s.label)}`);
	return found;
}
