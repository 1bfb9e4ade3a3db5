/** What clients connect to, and who answers. */
import { hostPort } from "./address.ts";
import type { Probe } from "./probe.ts";

export const PROTOCOLS = ["tcp", "udp", "sctp"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** IP protocol numbers, from the IANA registry. */
export const PROTOCOL_NUMBER: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };

export interface Endpoint {
	/** Canonical text, see address.ts. */
	readonly address: string;
	readonly port: number;
}

export interface Service {
	/** Value of the `service` label. Services with the same label are summed on the page. */
	readonly label: string;
	readonly vip: string;
	readonly port: number;
	readonly protocol: Protocol;
	readonly endpoints: readonly Endpoint[];
	/** How its endpoints are probed; absent: as all are. */
	readonly probe?: Probe;
	/** What else is known of it; absent: nothing. */
	readonly origin?: Origin;
}

/** What the source of a service calls it; empty where it has no word for it. */
export interface Origin {
	readonly namespace: string;
	readonly name: string;
	readonly type: string;
}

/** One address, port and protocol is one endpoint, however many services use it. */
export function endpointKey(protocol: Protocol, { address, port }: Endpoint): string {
	return `${protocol} ${hostPort(address, port)}`;
}

/** The label of a service without a name: `VIP:port` for TCP, `VIP:port/protocol` for the others. */
export function defaultLabel(vip: string, port: number, protocol: Protocol): string {
	const address = hostPort(vip, port);
	return protocol === "tcp" ? address : `${address}/${protocol}`;
}
