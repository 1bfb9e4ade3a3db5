/** A packet on its way through the load balancer: in by one device, out by another, on one CPU. */
import type { Family, Leg } from "./cast.ts";
import { onLeg } from "./cast.ts";
import type { Layer } from "./packets/packet.ts";
import type { SkbContext } from "./skb-context.ts";
import type { TestPath } from "./test-path.ts";

/** Any device; 0 would be this machine itself. */
export const CAME_IN_BY = 1;

export function forward(path: TestPath, before: Buffer, after: Buffer, context: SkbContext = {}): void {
	path.ingress(before, context);
	path.egress(after, { ...context, ingress_ifindex: CAME_IN_BY });
}

/** With destination NAT from the VIP to the endpoint. */
export function forwardWithNat(
	path: TestPath,
	family: Family,
	layersOn: (leg: Leg) => readonly Layer[],
): void {
	const before = onLeg("client to VIP", family, ...layersOn("client to VIP"));
	const after = onLeg("to endpoint", family, ...layersOn("to endpoint"));
	forward(path, before, after);
}
