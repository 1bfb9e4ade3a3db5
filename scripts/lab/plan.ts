/**
 * The network on paper: which namespaces there are, their links and addresses. Nothing here touches the machine.
 *
 *   client1, client2 --- lb --- endpoint1, endpoint2, endpoint3
 */
import type { Service } from "../../src/model/service.ts";
import { checkPrefix, type LabOptions, type RulesKind } from "./options.ts";
import {
	DEFAULT_SERVICES,
	endpointAddress,
	expandServices,
	type IpFamily,
	type ServicePlan,
} from "./services.ts";

export const ENDPOINTS = 3;
export const BRIDGE = "br0";
/** The name of the only interface of a client or endpoint. */
export const SITE_DEVICE = "eth0";

export interface Netns {
	readonly netns: string;
	/** For nsenter, and for the exporter's `netns` keys. */
	readonly path: string;
}

/** A client or an endpoint, and its link to the load balancer. */
export interface Site extends Netns {
	readonly name: string;
	readonly address: Readonly<Record<IpFamily, string>>;
	readonly mac: string;
	/** The load balancer's end of the link. */
	readonly port: string;
	readonly gateway: Readonly<Record<IpFamily, string>>;
	readonly gatewayMac: string;
}

export interface Plan {
	readonly prefix: string;
	readonly balancer: Netns;
	readonly clients: readonly Site[];
	readonly endpoints: readonly Site[];
	readonly servicePlans: readonly ServicePlan[];
	readonly services: readonly Service[];
	readonly rules: RulesKind;
	readonly masquerade: boolean;
	readonly offloads: "on" | "off";
	readonly bridge: { readonly netfilter: boolean } | undefined;
}

export function planLab(options: LabOptions): Plan {
	checkPrefix(options.prefix);
	const { prefix, clients = 1, rules = "nftables", masquerade = false, offloads = "off" } = options;
	const bridge = options.bridge || undefined;
	const servicePlans = options.services ?? DEFAULT_SERVICES;
	return {
		prefix,
		balancer: netnsOf(prefix, "lb"),
		clients: numbers(clients).map((number) => clientSite(prefix, number, bridge !== undefined)),
		endpoints: numbers(ENDPOINTS).map((number) => endpointSite(prefix, number)),
		servicePlans,
		services: expandServices(servicePlans),
		rules,
		masquerade,
		offloads,
		bridge,
	};
}

export function namespacesOf(plan: Plan): readonly Netns[] {
	return [plan.balancer, ...sitesOf(plan)];
}

export function sitesOf(plan: Plan): readonly Site[] {
	return [...plan.clients, ...plan.endpoints];
}

function netnsOf(prefix: string, name: string): Netns {
	const netns = `lbs-${prefix}-${name}`;
	return { netns, path: `/run/netns/${netns}` };
}

function clientSite(prefix: string, number: number, bridged: boolean): Site {
	return {
		...netnsOf(prefix, `client${number}`),
		name: `client${number}`,
		address: { 4: `10.10.${number}.2`, 6: `fd00:10:${number}::2` },
		mac: `02:00:00:00:10:0${number}`,
		port: `client${number}`,
		gateway: { 4: `10.10.${number}.1`, 6: `fd00:10:${number}::1` },
		gatewayMac: bridged ? "02:00:00:00:0b:00" : `02:00:00:00:0b:1${number}`,
	};
}

function endpointSite(prefix: string, number: number): Site {
	return {
		...netnsOf(prefix, `endpoint${number}`),
		name: `endpoint${number}`,
		address: { 4: endpointAddress(number, 4), 6: endpointAddress(number, 6) },
		mac: `02:00:00:00:20:0${number}`,
		port: `endpoint${number}`,
		gateway: { 4: `10.20.${number}.1`, 6: `fd00:20:${number}::1` },
		gatewayMac: `02:00:00:00:0b:2${number}`,
	};
}

function numbers(count: number): number[] {
	return Array.from({ length: count }, (_, i) => i + 1);
}
