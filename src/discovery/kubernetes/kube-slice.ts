/** What is kept of an EndpointSlice object. */
import type { Protocol } from "../../model/service.ts";
import { type Refuse, readAddress, readLabel, readPort, readPortName, readProtocol } from "./fields.ts";
import { type Json, listOf, objectOf } from "./json.ts";

export interface SliceEndpoint {
	readonly address: string;
	readonly healthy: boolean | undefined;
}

export interface SlicePort {
	readonly name: string;
	readonly port: number;
	readonly protocol: Protocol;
}

export interface KubeSlice {
	/** `namespace/name` of its service. */
	readonly service: string;
	readonly endpoints: readonly SliceEndpoint[];
	readonly ports: readonly SlicePort[];
}

/** The label that joins slices to their service. */
export const SERVICE_NAME = "kubernetes.io/service-name";

/** Undefined too for slices of no service, and for those of host names. */
export function readSlice(object: Json, refuse: Refuse): KubeSlice | undefined {
	const metadata = objectOf(object.metadata);
	const serviceName = objectOf(metadata.labels)[SERVICE_NAME];
	if (serviceName === undefined || object.addressType === "FQDN") return undefined;
	const namespace = readLabel(metadata.namespace, "namespace of an EndpointSlice", refuse);
	const name = readLabel(serviceName, `${SERVICE_NAME} of an EndpointSlice`, refuse);
	if (namespace === undefined || name === undefined) return undefined;
	return {
		service: `${namespace}/${name}`,
		endpoints: listOf(object.endpoints).flatMap((each) => readEndpoint(objectOf(each), refuse) ?? []),
		ports: listOf(object.ports).flatMap((each) => readSlicePort(objectOf(each), refuse) ?? []),
	};
}

/** An endpoint has one address: further ones are its other names, and kube-proxy takes the first as well. */
function readEndpoint({ addresses, conditions }: Json, refuse: Refuse): SliceEndpoint | undefined {
	const address = readAddress(listOf(addresses)[0], "address of an endpoint", refuse);
	return address === undefined ? undefined : { address, healthy: verdictOf(objectOf(conditions)) };
}

/**
 * `serving` is readiness itself; `ready` is false from the moment that the pod is told to end, though it serves on.
 * Unknown counts as ready, as the API has it. One that ends and serves no longer is not ill, it leaves: no verdict.
 */
function verdictOf({ ready, serving, terminating }: Json): boolean | undefined {
	const isServing = (serving ?? ready ?? true) !== false;
	if (isServing) return true;
	return terminating === true ? undefined : false;
}

/** A port without a number stands for all ports, which no service has. */
function readSlicePort(given: Json, refuse: Refuse): SlicePort | undefined {
	if (given.port === undefined || given.port === null) return undefined;
	const name = readPortName(given.name, "port name of an EndpointSlice", refuse);
	const port = readPort(given.port, "port of an EndpointSlice", refuse);
	const protocol = readProtocol(given.protocol, "protocol of an EndpointSlice", refuse);
	if (name === undefined || port === undefined || protocol === undefined) return undefined;
	return { name, port, protocol };
}
