/** Who takes part: a client, services of every protocol in both families, an endpoint. */
import { PROTOCOLS, type Protocol, type Service } from "../../src/model/service.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, type Layer, packet } from "./packets/packet.ts";
import { type SctpFields, sctp, type TcpFields, tcp, udp } from "./packets/transport.ts";

export const FAMILIES = ["IPv4", "IPv6"] as const;
export type Family = (typeof FAMILIES)[number];

export const CLIENT = { IPv4: "10.1.0.7", IPv6: "fd00:1::7" } as const;
export const VIP = { IPv4: "10.99.0.1", IPv6: "fd00:99::1" } as const;
export const ENDPOINT = { IPv4: "10.20.1.2", IPv6: "fd00:20:1::2" } as const;
export const STRANGER = { IPv4: "10.66.0.9", IPv6: "fd00:66::9" } as const;

export const CLIENT_PORT = 40000;
export const SERVICE_PORT = 80;
export const ENDPOINT_PORT = 8080;

/** Bytes of the IP header. */
export const IP_BYTES = { IPv4: 20, IPv6: 40 } as const;

/** Labels as in `tcp IPv4`. */
export const SERVICES: readonly Service[] = FAMILIES.flatMap((family) =>
	PROTOCOLS.map((protocol) => ({
		label: `${protocol} ${family}`,
		vip: VIP[family],
		port: SERVICE_PORT,
		protocol,
		endpoints: [{ address: ENDPOINT[family], port: ENDPOINT_PORT }],
	})),
);

/** From whom to whom: client to service before and after destination NAT, and the answer to the client. */
export type Leg = "client to VIP" | "to endpoint" | "VIP to client";

const PORTS = {
	"client to VIP": { from: CLIENT_PORT, to: SERVICE_PORT },
	"to endpoint": { from: CLIENT_PORT, to: ENDPOINT_PORT },
	"VIP to client": { from: SERVICE_PORT, to: CLIENT_PORT },
} as const;

export function addressesOf(leg: Leg, family: Family) {
	if (leg === "client to VIP") return { from: CLIENT[family], to: VIP[family] };
	if (leg === "to endpoint") return { from: CLIENT[family], to: ENDPOINT[family] };
	return { from: VIP[family], to: CLIENT[family] };
}

export function onLeg(leg: Leg, family: Family, ...layers: readonly Layer[]): Buffer {
	return packet(ethernet(), ip(addressesOf(leg, family)), ...layers);
}

export function tcpOn(leg: Leg, fields: Omit<TcpFields, "from" | "to"> = {}): Layer {
	return tcp({ ...PORTS[leg], ...fields });
}

export function udpOn(leg: Leg): Layer {
	return udp(PORTS[leg]);
}

export function sctpOn(leg: Leg, fields: Omit<SctpFields, "from" | "to">): Layer {
	return sctp({ ...PORTS[leg], ...fields });
}

/** An ordinary packet of a flow under way. */
export function transportOn(leg: Leg, protocol: Protocol): Layer {
	if (protocol === "tcp") return tcpOn(leg);
	return protocol === "udp" ? udpOn(leg) : sctpOn(leg, { chunk: "DATA", tag: 5 });
}

export function ordinaryPacket(leg: Leg, family: Family, protocol: Protocol, payload = 100): Buffer {
	return onLeg(leg, family, transportOn(leg, protocol), bytes(payload));
}
