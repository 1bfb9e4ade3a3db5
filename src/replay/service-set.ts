/** The services of a replay, looked up by the bytes of packets. */
import { isMappedIPv4, parseAddress } from "../model/address.ts";
import { PROTOCOL_NUMBER, type Service } from "../model/service.ts";

type Vip = Pick<Service, "vip" | "port" | "protocol">;

export interface ServiceSet {
	add(service: Vip): void;
	/** `at`: of 4 bytes or of 16. */
	hasAddress(bytes: Buffer, at: number, isIPv4: boolean): boolean;
	/** `portAt`: of the port in the transport header. */
	has(bytes: Buffer, at: number, isIPv4: boolean, portAt: number, protocol: number): boolean;
}

export function createServiceSet(services: readonly Vip[]): ServiceSet {
	const ipv4 = new Set<number>();
	const ipv6 = new Set<string>();
	const keys = new Set<string>();
	const textOf = (bytes: Buffer, at: number, isIPv4: boolean) =>
		bytes.toString("latin1", at, at + (isIPv4 ? 4 : 16));
	const keyOf = (address: string, port: number, protocol: number) => `${protocol}/${port}/${address}`;
	const set: ServiceSet = {
		add({ vip, port, protocol }) {
			const all = Buffer.from(parseAddress(vip) ?? []);
			const isIPv4 = isMappedIPv4(all);
			const bytes = isIPv4 ? all.subarray(12) : all;
			if (isIPv4) ipv4.add(bytes.readUInt32BE(0));
			else ipv6.add(textOf(bytes, 0, false));
			keys.add(keyOf(textOf(bytes, 0, isIPv4), port, PROTOCOL_NUMBER[protocol]));
		},
		hasAddress: (bytes, at, isIPv4) =>
			isIPv4 ? ipv4.has(bytes.readUInt32BE(at)) : ipv6.size > 0 && ipv6.has(textOf(bytes, at, false)),
		has: (bytes, at, isIPv4, portAt, protocol) =>
			keys.has(keyOf(textOf(bytes, at, isIPv4), bytes.readUInt16BE(portAt), protocol)),
	};
	for (const service of services) set.add(service);
	return set;
}
