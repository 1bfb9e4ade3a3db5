/** Load-balancer rules of LoxiLB, as GET /netlox/v1/config/loadbalancer/all lists them. */
import { canonicalAddress, hostPort } from "../../model/address.ts";
import { defaultLabel, type Endpoint, PROTOCOLS, type Protocol } from "../../model/service.ts";
import type { Discovered } from "../discovery.ts";
import { eachOnce } from "../unnamed.ts";
import { objectsIn, type Properties } from "./objects.ts";
import type { Verdicts } from "./verdicts.ts";

/** Longer ranges are no list of services. */
const MAX_PORTS = 256;
const UNSPECIFIED = ["0.0.0.0", "::"];

/**
 * The services of one rule, one for each of its addresses and ports. A rule has `serviceArguments` with `externalIP`,
 * `port` (to `portMax`), `protocol` and `name`; `endpoints` with `endpointIP` and `targetPort`; and, of SCTP with several
 * homes, `secondaryIPs` with `secondaryIP`.
 */
export function servicesOfRule(
	rule: Properties,
	verdicts: Verdicts,
	skip: (reason: string) => void,
): Discovered[] {
	const [asked = {}] = objectsIn([rule.serviceArguments]);
	const protocol = PROTOCOLS.find((each) => each === asked.protocol);
	if (!protocol) return skipped(skip, `rules of LoxiLB for protocol ${asked.protocol} are skipped`);
	const ports = portsOf(asked);
	if (!ports) return skipped(skip, `rules of LoxiLB for all ports or more than ${MAX_PORTS} are skipped`);
	const others = objectsIn(rule.secondaryIPs).map(({ secondaryIP }) => secondaryIP);
	const vips = [asked.externalIP, ...others].map(addressOf);
	const name = typeof asked.name === "string" ? asked.name : "";
	return vips.flatMap((vip) => {
		if (vip === undefined) return skipped(skip, "rules of LoxiLB without an IP address are skipped");
		return ports.map((port) => serviceOf({ name, vip, port, protocol }, rule, verdicts));
	});
}

function skipped(skip: (reason: string) => void, reason: string): [] {
	skip(reason);
	return [];
}

interface Place {
	readonly name: string;
	readonly vip: string;
	readonly port: number;
	readonly protocol: Protocol;
}

function serviceOf({ name, vip, port, protocol }: Place, rule: Properties, verdicts: Verdicts): Discovered {
	const endpoints = endpointsOf(rule, port);
	const healthy = new Map<string, boolean>();
	for (const endpoint of endpoints) {
		const verdict = verdicts(endpoint);
		if (verdict !== undefined) healthy.set(hostPort(endpoint.address, endpoint.port), verdict);
	}
	const label = name === "" ? defaultLabel(vip, port, protocol) : name;
	return { service: { label, vip, port, protocol, endpoints }, namespace: "", name, type: "", healthy };
}

function portsOf({ port, portMax }: Properties): number[] | undefined {
	const first = portOf(port);
	if (first === 0) return undefined;
	const last = Math.max(first, portOf(portMax));
	if (last - first >= MAX_PORTS) return undefined;
	return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function endpointsOf({ endpoints }: Properties, servicePort: number): Endpoint[] {
	return eachOnce(
		objectsIn(endpoints).flatMap(({ endpointIP, targetPort }) => {
			const address = addressOf(endpointIP);
			return address === undefined ? [] : [{ address, port: portOf(targetPort) || servicePort }];
		}),
	);
}

function addressOf(value: unknown): string | undefined {
	const address = typeof value === "string" ? canonicalAddress(value) : undefined;
	return address === undefined || UNSPECIFIED.includes(address) ? undefined : address;
}

/** 0 when it is none. */
function portOf(value: unknown): number {
	return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65535
		? (value as number)
		: 0;
}
