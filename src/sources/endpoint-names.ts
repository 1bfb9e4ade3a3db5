/**
 * Endpoints that were learned by their Ethernet address, because the load balancer left the VIP in the packet (direct
 * routing): the neighbour tables tell their IP addresses.
 */
import type { Neighbour } from "../bpf/netlink.ts";
import { ADDRESS_BYTES, formatAddress, parseAddress } from "../model/address.ts";

export const MAC_BYTES = 6;

export interface EndpointNames {
	/**
	 * The IP address of `mac` in the family of the client. A name once given stays: a counter must not move to another
	 * series. Without a neighbour the name is the Ethernet address itself.
	 */
	nameOf(mac: Uint8Array, ipv4: boolean): string;
	/** To be called before the names of one poll. */
	forgetNeighbours(): void;
}

/** `read` is called at most once per poll, and only when a name is not known. `preferred`: addresses of endpoints. */
export function createEndpointNames(
	read: () => readonly Neighbour[],
	preferred: ReadonlySet<string>,
): EndpointNames {
	const names = new Map<string, string>();
	let neighbours: readonly Neighbour[] | undefined;
	return {
		nameOf(mac, ipv4) {
			const key = `${Buffer.from(mac).toString("hex")} ${ipv4}`;
			const known = names.get(key);
			if (known !== undefined) return known;
			neighbours ??= read();
			const name = findNeighbour(neighbours, mac, ipv4, preferred) ?? formatMac(mac);
			names.set(key, name);
			return name;
		},
		forgetNeighbours() {
			neighbours = undefined;
		},
	};
}

/** One machine may have several addresses: a configured endpoint goes first, then any but link-local ones. */
function findNeighbour(
	neighbours: readonly Neighbour[],
	mac: Uint8Array,
	ipv4: boolean,
	preferred: ReadonlySet<string>,
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
