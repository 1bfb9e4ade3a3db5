/**
 * Through which program a packet of a capture has to go, so that each counts once: what the hook of a live node would
 * have been. docs/replay.md has the rules in words.
 */
import type { Copies } from "./copies.ts";
import type { Headers } from "./headers.ts";
import type { Frame } from "./link-layers.ts";
import type { ServiceSet } from "./service-set.ts";

export const SKIP = 0;
export const INGRESS = 1;
export const EGRESS = 2;
export type Hook = typeof SKIP | typeof INGRESS | typeof EGRESS;

export interface Seen {
	readonly bytes: Buffer;
	/** Of the same bytes. */
	readonly view: DataView;
	readonly frame: Frame;
	readonly headers: Headers;
	readonly timeNs: number;
}

export interface HookChooser {
	choose(seen: Seen): Hook;
	/** Packets that had been seen on another device before. */
	readonly copies: number;
}

const SOURCE = 12;
const DESTINATION = 16;
const SOURCE_IPV6 = 8;
const DESTINATION_IPV6 = 24;

export function createHookChooser(services: ServiceSet, known: Copies): HookChooser {
	let copies = 0;
	const unlessCopy = (seen: Seen, hook: Hook, otherwise: Hook): Hook => {
		if (!known.isCopy(seen.view, seen.frame, seen.headers, seen.timeNs)) return hook;
		copies++;
		return otherwise;
	};
	return {
		get copies() {
			return copies;
		},
		choose(seen) {
			const { direction } = seen.frame;
			switch (wayOf(seen, services)) {
				case "to service":
					if (direction === "out") return onward(seen);
					return unlessCopy(seen, INGRESS, direction === "in" ? SKIP : onward(seen));
				case "from service":
					return direction === "in" ? SKIP : unlessCopy(seen, EGRESS, SKIP);
				default:
					// To an endpoint, perhaps, or an ICMP error of the balancer itself.
					return direction === "in" ? SKIP : EGRESS;
			}
		},
	};
}

/** Direct routing: the VIP stays in it, and its Ethernet address tells the endpoint. One that was made up tells nothing. */
function onward({ frame }: Seen): Hook {
	return frame.hasAddresses ? EGRESS : SKIP;
}

type Way = "to service" | "from service" | "other";

function wayOf({ view, headers }: Seen, services: ServiceSet): Way {
	const { network, isIPv4, transport, protocol } = headers;
	const destination = network + (isIPv4 ? DESTINATION : DESTINATION_IPV6);
	const isTo = services.hasAddress(view, destination, isIPv4);
	const isFrom = services.hasAddress(view, network + (isIPv4 ? SOURCE : SOURCE_IPV6), isIPv4);
	if (isTo && isFrom && transport > 0)
		return services.has(view, destination, isIPv4, transport + 2, protocol) ? "to service" : "from service";
	if (isTo) return "to service";
	return isFrom ? "from service" : "other";
}
