/** Whom limits are for: who has one IPv6 address has its whole /64. */
import type { Socket } from "node:net";
import { formatAddress, isMappedIPv4, parseAddress } from "../model/address.ts";

export function clientOf({ remoteAddress = "" }: Socket): string {
	const bytes = parseAddress(remoteAddress.replace(/%.*/, ""));
	if (!bytes) return remoteAddress;
	if (!isMappedIPv4(bytes)) bytes.fill(0, 8);
	return formatAddress(bytes);
}

export function countClients(clients: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const client of clients) counts.set(client, (counts.get(client) ?? 0) + 1);
	return counts;
}
