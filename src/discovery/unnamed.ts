import { hostPort } from "../model/address.ts";
import { defaultLabel, type Endpoint, type Protocol } from "../model/service.ts";
import type { Discovered } from "./discovery.ts";

const NO_VERDICTS: ReadonlyMap<string, boolean> = new Map();

/** A service of a source that knows no names and has no verdicts. */
export function unnamed(
	vip: string,
	port: number,
	protocol: Protocol,
	endpoints: readonly Endpoint[],
): Discovered {
	const service = { label: defaultLabel(vip, port, protocol), vip, port, protocol, endpoints };
	return { service, namespace: "", name: "", type: "", healthy: NO_VERDICTS };
}

/** Each endpoint once, in the order of its first appearance. */
export function eachOnce(endpoints: readonly Endpoint[]): Endpoint[] {
	return [...new Map(endpoints.map((each) => [hostPort(each.address, each.port), each])).values()];
}
