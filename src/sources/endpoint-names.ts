/**
 * Endpoints that were learned by their Ethernet address, because the load balancer left the VIP in the packet (direct
 * routing): the neighbour tables tell their IP addresses.
 */
import { E2BIG, KernelError } from "../bpf/kernel-error.ts";
import { lookup, type MapDescription, update } from "../bpf/map.ts";
import type { Neighbour } from "../bpf/netlink.ts";
import { ADDRESS_BYTES, formatAddress, parseAddress } from "../model/address.ts";

export const MAC_BYTES = 6;

export interface EndpointNames {
	/**
	 * The IP address of `mac`, a name once given stays: a counter must not move to another series. Without a neighbour the
	 * name is the Ethernet address itself.
	 */
	nameOf(mac: Uint8Array, ipv4: boolean): string;
	/** To be called before the names of one poll. */
	forgetNeighbours(): void;
}

/** Where names are kept for those that come after this run. */
export interface KeptNames {
	/** Undefined: none was given yet. Empty: no neighbour had the Ethernet address. */
	get(mac: Uint8Array, ipv4: boolean): string | undefined;
	set(mac: Uint8Array, ipv4: boolean, address: string): void;
}

/** Asked anew at each name: they change. */
export interface Addresses {
	has(address: string): boolean;
}

/** `read` is called at most once per poll, and only when a name is not known. `preferred`: addresses of endpoints. */
export function createEndpointNames(
	read: () => readonly Neighbour[],
	preferred: Addresses,
	kept: KeptNames,
): EndpointNames {
	const names = new Map<string, string>();
	let neighbours: readonly Neighbour[] | undefined;
	const addressOf = (mac: Uint8Array, ipv4: boolean) => {
		const known = kept.get(mac, ipv4);
		if (known !== undefined) return known;
		neighbours ??= read();
		const found = findNeighbour(neighbours, mac, ipv4, preferred) ?? "";
		kept.set(mac, ipv4, found);
		return found;
	};
	return {
		nameOf(mac, ipv4) {
			const key = `${formatMac(mac)} ${ipv4}`;
			const name = names.get(key) ?? (addressOf(mac, ipv4) || formatMac(mac));
			names.set(key, name);
			return name;
		},
		forgetNeighbours() {
			neighbours = undefined;
		},
	};
}

/** enum endpoint_kind */
export const ENDPOINT_MAC = 2;
export const ENDPOINT_MAC_IPV6 = 3;

/** The map `macs`. What finds no room there is named anew by the next run. */
export function keptNames(mapNow: () => MapDescription, layout: MacKeyLayout): KeptNames {
	const keyOf = (mac: Uint8Array, ipv4: boolean) => {
		const key = Buffer.alloc(mapNow().keySize);
		key.set(mac, layout.mac);
		key.writeUInt8(ipv4 ? ENDPOINT_MAC : ENDPOINT_MAC_IPV6, layout.endpoint_kind);
		return key;
	};
	return {
		get(mac, ipv4) {
			const address = lookup(mapNow(), keyOf(mac, ipv4));
			if (address === undefined) return undefined;
			return address.every((byte) => byte === 0) ? "" : formatAddress(address);
		},
		set(mac, ipv4, address) {
			const value = Buffer.from(parseAddress(address) ?? new Uint8Array(ADDRESS_BYTES));
			try {
				update(mapNow(), keyOf(mac, ipv4), value);
			} catch (error) {
				if (!(error instanceof KernelError) || error.errno !== E2BIG) throw error;
			}
		},
	};
}

export interface MacKeyLayout {
	readonly mac: number;
	readonly endpoint_kind: number;
}

/** One machine may have several addresses: a configured endpoint goes first, then any but link-local ones. */
function findNeighbour(
	neighbours: readonly Neighbour[],
	mac: Uint8Array,
	ipv4: boolean,
	preferred: Addresses,
): string | undefined {
	const addresses = neighbours
		.filter(({ hardwareAddress }) => hardwareAddress.equals(mac))
		.filter(({ address }) => (address.length === 4) === ipv4)
		.map(({ address }) => formatNeighbour(address));
	return addresses.find((address) => preferred.has(address)) ?? addresses.find((a) => !a.startsWith("fe80:"));
}

function formatNeighbour(address: Buffer): string {
	return address.length === ADDRESS_BYTES
		? formatAddress(address)
		: formatAddress(parseAddress(address.join(".")) ?? address);
}

export function formatMac(mac: Uint8Array): string {
	return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
