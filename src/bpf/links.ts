/** Which devices lie on top of others: attached to both, a packet would be seen twice. */
import type { Link } from "./netlink.ts";

const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

/**
 * Drivers whose packets also pass the device below, as they are. Not among them: veth, whose link is its peer, and
 * tunnels, whose outer packet has other addresses.
 */
const STACKING_KINDS = new Set(["vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec", "dsa"]);

/** Indexes of the devices right below: ports of a bridge or bond, the parent of a VLAN. */
function below(links: readonly Link[], upper: Link): number[] {
	const ports = links.filter(({ master }) => master === upper.index).map(({ index }) => index);
	const lower = lowerOf(upper);
	return lower === undefined ? ports : [...ports, lower];
}

function lowerOf(upper: Link): number | undefined {
	return STACKING_KINDS.has(upper.kind) ? upper.lower : undefined;
}

/** True when every packet of `lower` may also pass `upper`. */
export function isStackedOn(links: readonly Link[], upper: Link, lower: Link): boolean {
	const seen = new Set<number>();
	const queue = [upper];
	for (let link = queue.pop(); link; link = queue.pop()) {
		for (const index of below(links, link)) {
			if (index === lower.index) return true;
			const next = links.find((candidate) => candidate.index === index);
			if (next && !seen.has(index)) queue.push(next);
			seen.add(index);
		}
	}
	return false;
}

/** Every device that is up, not loopback, and not stacked on another one of this namespace. */
export function lowestLinks(links: readonly Link[]): Link[] {
	// Not by below(): with thousands of devices that takes as long as a poll.
	const masters = new Set(links.map(({ master }) => master));
	const isLowest = (link: Link) => !masters.has(link.index) && lowerOf(link) === undefined;
	return links.filter((link) => link.up && link.hardwareType !== ARPHRD_LOOPBACK && isLowest(link));
}

/** False for tun, WireGuard and the like, whose frames begin with the IP header. */
export function hasEthernetHeader(link: Link): boolean {
	return link.hardwareType === ARPHRD_ETHER;
}
