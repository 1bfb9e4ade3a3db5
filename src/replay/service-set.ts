/** The services of a replay, looked up by the bytes of packets. */
import { ADDRESS_BYTES, isMappedIPv4, parseAddress } from "../model/address.ts";
import { PROTOCOL_NUMBER, type Service } from "../model/service.ts";

type Vip = Pick<Service, "vip" | "port" | "protocol">;

export interface ServiceSet {
	add(service: Vip): void;
	/** `at`: of 4 bytes or of 16. */
	hasAddress(view: DataView, at: number, isIPv4: boolean): boolean;
	/** `portAt`: of the port in the transport header. */
	has(view: DataView, at: number, isIPv4: boolean, portAt: number, protocol: number): boolean;
}

export function createServiceSet(services: readonly Vip[]): ServiceSet {
	/** As signed numbers, which V8 keeps without a heap object. */
	const ipv4 = new Set<number>();
	const ipv6 = new Set<string>();
	const keys = new Set<string>();
	const keyOf = (address: string, port: number, protocol: number) => `${protocol}/${port}/${address}`;
	const set: ServiceSet = {
		add({ vip, port, protocol }) {
			const bytes = parseAddress(vip) ?? new Uint8Array(ADDRESS_BYTES);
			const view = new DataView(bytes.buffer, bytes.byteOffset);
			const isIPv4 = isMappedIPv4(bytes);
			const at = isIPv4 ? ADDRESS_BYTES - 4 : 0;
			if (isIPv4) ipv4.add(view.getInt32(at));
			else ipv6.add(textOf(view, at, isIPv4));
			keys.add(keyOf(textOf(view, at, isIPv4), port, PROTOCOL_NUMBER[protocol]));
		},
		hasAddress: (view, at, isIPv4) =>
			isIPv4 ? ipv4.has(view.getInt32(at)) : ipv6.size > 0 && ipv6.has(textOf(view, at, isIPv4)),
		has: (view, at, isIPv4, portAt, protocol) =>
			keys.has(keyOf(textOf(view, at, isIPv4), view.getUint16(portAt), protocol)),
	};
	for (const service of services) set.add(service);
	return set;
}

function textOf(view: DataView, at: number, isIPv4: boolean): string {
	if (isIPv4) return String(view.getInt32(at));
	return `${view.getInt32(at)},${view.getInt32(at + 4)},${view.getInt32(at + 8)},${view.getInt32(at + 12)}`;
}
