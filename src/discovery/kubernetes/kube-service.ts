/** What is kept of a Service object. */
import type { Protocol } from "../../model/service.ts";
import { type Refuse, readAddress, readLabel, readPort, readPortName, readProtocol } from "./fields.ts";
import { type Json, listOf, objectOf } from "./json.ts";

export interface ServicePort {
	/** Empty when it has none. */
	readonly name: string;
	readonly port: number;
	readonly protocol: Protocol;
	/** On every address of every node. */
	readonly nodePort: number | undefined;
}

export interface KubeService {
	readonly namespace: string;
	readonly name: string;
	readonly type: string;
	/** Cluster, external and ingress addresses, canonical, each once. */
	readonly vips: readonly string[];
	readonly hasIPv4: boolean;
	readonly hasIPv6: boolean;
	readonly ports: readonly ServicePort[];
}

const TYPES: readonly unknown[] = ["ClusterIP", "NodePort", "LoadBalancer"];

/** Undefined too for what nobody balances: ExternalName is an alias in DNS, a headless one is its endpoints. */
export function readService(object: Json, refuse: Refuse): KubeService | undefined {
	const metadata = objectOf(object.metadata);
	const spec = objectOf(object.spec);
	const type = spec.type ?? "ClusterIP";
	if (type === "ExternalName" || isHeadless(spec.clusterIP)) return undefined;
	const namespace = readLabel(metadata.namespace, "namespace of a service", refuse);
	const name = readLabel(metadata.name, "name of a service", refuse);
	if (namespace === undefined || name === undefined) return undefined;
	if (!TYPES.includes(type)) return refuse("type of a service", type, TYPES.join(", "));
	const clusterIps = addressesOf(spec.clusterIPs ?? [spec.clusterIP], "clusterIP of a service", refuse);
	const vips = [
		...clusterIps,
		...addressesOf(spec.externalIPs, "externalIP of a service", refuse),
		...addressesOf(ingressIps(object.status), "ingress IP of a service", refuse),
	];
	const hasIPv6 = clusterIps.some((address) => address.includes(":"));
	const hasIPv4 = clusterIps.some((address) => !address.includes(":"));
	const ports = listOf(spec.ports).flatMap((port) => readServicePort(objectOf(port), refuse) ?? []);
	return { namespace, name, type: String(type), vips: [...new Set(vips)], hasIPv4, hasIPv6, ports };
}

/** "None" says so; one that the server has not given an address yet has no VIP either. */
function isHeadless(clusterIp: unknown): boolean {
	return clusterIp === "None" || clusterIp === "" || clusterIp === undefined;
}

function addressesOf(values: unknown, field: string, refuse: Refuse): string[] {
	return listOf(values).flatMap((value) => readAddress(value, field, refuse) ?? []);
}

/** Some clouds give a host name instead, which is no VIP. */
function ingressIps(status: unknown): unknown[] {
	const { ingress } = objectOf(objectOf(status).loadBalancer);
	return listOf(ingress).flatMap((each) => objectOf(each).ip ?? []);
}

function readServicePort(given: Json, refuse: Refuse): ServicePort | undefined {
	const name = readPortName(given.name, "port name of a service", refuse);
	const port = readPort(given.port, "port of a service", refuse);
	const protocol = readProtocol(given.protocol, "protocol of a service", refuse);
	if (name === undefined || port === undefined || protocol === undefined) return undefined;
	const nodePort = given.nodePort ? readPort(given.nodePort, "nodePort of a service", refuse) : undefined;
	return { name, port, protocol, nodePort };
}
