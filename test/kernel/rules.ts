/** Firewall rules for tests, and what they have counted. */
import type { AddressPrefix, Rule } from "../../src/firewall/rule.ts";
import { VIP } from "./cast.ts";
import { ip } from "./packets/ip.ts";
import { ethernet, type Layer, packet } from "./packets/packet.ts";
import type { TestPath } from "./test-path.ts";

export function rule(name: string, fields: Partial<Rule> = {}): Rule {
	return { name, action: "count", source: [], destination: [], protocol: undefined, ports: [], ...fields };
}

export function prefix(text: string): AddressPrefix[] {
	const [address = "", length] = text.split("/");
	return [{ address, length: Number(length) }];
}

export function from(source: string, ...layers: readonly Layer[]): Buffer {
	return packet(ethernet(), ip({ from: source, to: source.includes(":") ? VIP.IPv6 : VIP.IPv4 }), ...layers);
}

/** Names of the rules that have counted. */
export async function matched(path: TestPath): Promise<string[]> {
	const { firewall = [] } = await path.read();
	return firewall.filter(({ packets }) => packets > 0).map(({ name }) => name);
}
