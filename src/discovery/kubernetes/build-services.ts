/** From the objects of the cluster to services as lbscope counts them. */
import { setImmediate as loopTurn } from "node:timers/promises";
import { hostPort } from "../../model/address.ts";
import type { Endpoint } from "../../model/service.ts";
import type { Discovered } from "../discovery.ts";
import type { KubeService, ServicePort } from "./kube-service.ts";
import type { KubeSlice } from "./kube-slice.ts";

/** Endpoints between two turns of the event loop: about a millisecond of work. */
const ENDPOINTS_PER_TURN = 500;

/** Lets the event loop turn in between, so that no scrape waits for a large cluster. */
export async function buildServices(
	services: Iterable<KubeService>,
	slices: Iterable<KubeSlice>,
	nodeAddresses: readonly string[],
): Promise<Discovered[]> {
	const takeTurns = createTurns(ENDPOINTS_PER_TURN);
	const slicesOf = new Map<string, KubeSlice[]>();
	for (const slice of slices) {
		const others = slicesOf.get(slice.service);
		if (others) others.push(slice);
		else slicesOf.set(slice.service, [slice]);
		await takeTurns(1);
	}
	const built: Discovered[] = [];
	for (const service of services) {
		const own = slicesOf.get(`${service.namespace}/${service.name}`) ?? [];
		for (const port of service.ports) {
			const rows = rowsOf(service, port, own, nodeAddresses);
			built.push(...rows);
			await takeTurns(1 + sum(own.map(({ endpoints }) => endpoints.length)));
		}
	}
	return built;
}

function createTurns(workPerTurn: number): (work: number) => Promise<void> | undefined {
	let done = 0;
	return (work) => {
		done += work;
		if (done < workPerTurn) return undefined;
		done = 0;
		return loopTurn();
	};
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, each) => total + each, 0);
}

/** A row for each address that the port is served at. */
function rowsOf(
	service: KubeService,
	servicePort: ServicePort,
	slices: readonly KubeSlice[],
	nodeAddresses: readonly string[],
): Discovered[] {
	const { namespace, name, type, vips, hasIPv4, hasIPv6 } = service;
	const { port, protocol, nodePort } = servicePort;
	const label = labelOf(service, servicePort);
	const ipv4 = endpointsOf(slices, servicePort, false);
	const ipv6 = endpointsOf(slices, servicePort, true);
	const rowAt = (vip: string, port: number): Discovered => {
		const { endpoints, healthy } = isIPv6(vip) ? ipv6 : ipv4;
		return { service: { label, vip, port, protocol, endpoints }, namespace, name, type, healthy };
	};
	const rows = vips.map((vip) => rowAt(vip, port));
	if (nodePort === undefined) return rows;
	const reachable = nodeAddresses.filter((address) => (isIPv6(address) ? hasIPv6 : hasIPv4));
	return [...rows, ...reachable.map((address) => rowAt(address, nodePort))];
}

/** `namespace/name`, and the port where there are several: its name, or else its number. */
function labelOf({ namespace, name, ports }: KubeService, { name: portName, port }: ServicePort): string {
	const label = `${namespace}/${name}`;
	return ports.length > 1 ? `${label}:${portName || port}` : label;
}

/** All slices together, each endpoint once: it may be in two of them while it moves, and then counts as healthy if either says so. */
function endpointsOf(slices: readonly KubeSlice[], wanted: ServicePort, ofIPv6: boolean) {
	const endpoints = new Map<string, Endpoint>();
	const healthy = new Map<string, boolean>();
	for (const slice of slices) {
		const match = slice.ports.find(
			({ name, protocol }) => name === wanted.name && protocol === wanted.protocol,
		);
		if (!match) continue;
		for (const { address, healthy: verdict } of slice.endpoints) {
			if (isIPv6(address) !== ofIPv6) continue;
			const key = hostPort(address, match.port);
			endpoints.set(key, { address, port: match.port });
			if (verdict !== undefined) healthy.set(key, verdict || healthy.get(key) === true);
		}
	}
	return { endpoints: [...endpoints.values()], healthy };
}

function isIPv6(address: string): boolean {
	return address.includes(":");
}
