/** The services of a lab: what the load balancer forwards, and how the endpoints treat it. */
import type { Protocol, Service } from "../../src/model/service.ts";

export const IP_FAMILIES = [4, 6] as const;
export type IpFamily = (typeof IP_FAMILIES)[number];

export const VIPS: Readonly<Record<IpFamily, string>> = { 4: "10.99.0.1", 6: "fd00:99::1" };

export interface ServicePlan {
	/** Label of the IPv4 service; the IPv6 one gets `-v6` behind it. */
	readonly name: string;
	readonly protocol: Protocol;
	readonly port: number;
	readonly endpointPort: number;
	/** Numbers of the endpoints, from 1. */
	readonly endpoints: readonly number[];
	/**
	 * answer: a server says who it is. refuse: nobody listens (an SCTP peer sends ABORT). drop: packets vanish without a
	 * word. reset: the server accepts, then sends RST. external: the test starts a program of its own there.
	 */
	readonly behaviour: "answer" | "refuse" | "drop" | "reset" | "external";
}

const ALL = [1, 2, 3];

export const DEFAULT_SERVICES: readonly ServicePlan[] = [
	{ name: "web", protocol: "tcp", port: 80, endpointPort: 8080, endpoints: ALL, behaviour: "answer" },
	{ name: "dns", protocol: "udp", port: 53, endpointPort: 5353, endpoints: ALL, behaviour: "answer" },
	{ name: "ngap", protocol: "sctp", port: 38412, endpointPort: 38412, endpoints: ALL, behaviour: "answer" },
	{ name: "refused", protocol: "tcp", port: 81, endpointPort: 8081, endpoints: ALL, behaviour: "refuse" },
	{ name: "blackhole", protocol: "tcp", port: 82, endpointPort: 8082, endpoints: [3], behaviour: "drop" },
	{ name: "reset", protocol: "tcp", port: 83, endpointPort: 8083, endpoints: ALL, behaviour: "reset" },
	{ name: "closed", protocol: "udp", port: 54, endpointPort: 5354, endpoints: ALL, behaviour: "refuse" },
	{ name: "abort", protocol: "sctp", port: 38413, endpointPort: 38413, endpoints: ALL, behaviour: "refuse" },
	// iperf3 needs one endpoint: its control and its measured connection have to meet.
	{ name: "iperf", protocol: "tcp", port: 5201, endpointPort: 5201, endpoints: [1], behaviour: "external" },
	{
		name: "iperf-udp",
		protocol: "udp",
		port: 5201,
		endpointPort: 5201,
		endpoints: [1],
		behaviour: "external",
	},
	{
		name: "usrsctp",
		protocol: "sctp",
		port: 5001,
		endpointPort: 5001,
		endpoints: [2],
		behaviour: "external",
	},
];

export function endpointAddress(number: number, family: IpFamily): string {
	return family === 4 ? `10.20.${number}.2` : `fd00:20:${number}::2`;
}

/** One plan is two services: IPv4 and IPv6. */
export function expandServices(plans: readonly ServicePlan[]): Service[] {
	return plans.flatMap((plan) => IP_FAMILIES.map((family) => expandService(plan, family)));
}

function expandService(plan: ServicePlan, family: IpFamily): Service {
	return {
		label: family === 4 ? plan.name : `${plan.name}-v6`,
		vip: VIPS[family],
		port: plan.port,
		protocol: plan.protocol,
		endpoints: plan.endpoints.map((number) => ({
			address: endpointAddress(number, family),
			port: plan.endpointPort,
		})),
	};
}
