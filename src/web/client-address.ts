/** Whom limits are for: who has one IPv6 address has its whole /64. */
import type { Socket } from "node:net";
import { formatAddress, isMappedIPv4, parseAddress } from "../model/address.ts";

export function clientOf({ remoteAddress = "" }: Socket): string {
	const bytes = parseAddress(remoteAddress.replace(/%.*/, ""));
	if (!bytes) return remoteAddress;
	if (!isMappedIPv4(bytes)) bytes.fill(0, 8);
	return formatAddress(bytes);
}

/** The client that most of them are from. */
export function mostOf(clients: Iterable<string>): { readonly client: string; readonly count: number } {
	const counts = new Map<string, number>();
	let most = { client: "", count: 0 };
	for (const client of clients) {
		const count = (counts.get(client) ?? 0) + 1;
		counts.set(client, count);
		if (count > most.count) most = { client, count };
	}
	return most;
}
