/** The tables of the data path, looked up as the kernel does, against a matcher that reads the rules one by one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { networkOf } from "../../src/config/prefix.ts";
import type { AddressPrefix, Rule } from "../../src/firewall/rule.ts";
import {
	allowsPort,
	maskOf,
	type PrefixRow,
	portRows,
	prefixRows,
	type RuleMask,
} from "../../src/firewall/rule-masks.ts";
import { parseAddress } from "../../src/model/address.ts";

/** Few distinct bits, so that rules and packets meet. */
const HOSTS = ["10.0.0.1", "10.0.0.2", "10.128.0.1", "11.0.0.1", "fd00::1", "fd00::2", "fd00:8000::1", "::1"];
const PORTS = [1, 79, 80, 81, 443, 65535];

const anyHost = fc.constantFrom(...HOSTS);
const anyPrefix: fc.Arbitrary<AddressPrefix> = fc
	.tuple(anyHost, fc.integer({ min: 0, max: 128 }))
	.map(([address, length]) => networkOf({ address, length: address.includes(":") ? length : length % 33 }));
const anyRange = fc
	.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS))
	.map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const anyRules: fc.Arbitrary<Rule[]> = fc.array(
	fc.record({
		name: fc.constant("r"),
		action: fc.constantFrom("drop", "count"),
		source: fc.array(anyPrefix, { maxLength: 2 }),
		destination: fc.array(anyPrefix, { maxLength: 2 }),
		protocol: fc.constantFrom(undefined, 1, 6, 17),
		ports: fc.array(anyRange, { maxLength: 2 }),
	}),
	{ maxLength: 70 },
);
const anyPacket = fc.record({
	source: anyHost,
	destination: anyHost,
	protocol: fc.constantFrom(1, 6, 17),
	/** Undefined: it has none. */
	port: fc.constantFrom(undefined, ...PORTS),
});
type Packet = typeof anyPacket extends fc.Arbitrary<infer T> ? T : never;

function bytesOf(address: string): Uint8Array {
	return parseAddress(address) ?? new Uint8Array(16);
}

function bitsOf(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

/** As an LPM trie finds it. */
function longestPrefix(rows: readonly PrefixRow[], host: string): RuleMask {
	const bits = bitsOf(bytesOf(host));
	const matching = rows.filter(({ address, length }) => bits.startsWith(bitsOf(address).slice(0, length)));
	const [longest] = matching.sort((a, b) => b.length - a.length);
	return longest?.mask ?? new Uint8Array(0);
}

function lookUp(rules: readonly Rule[], { source, destination, protocol, port = 0 }: Packet): number[] {
	const portRow = port < portRows(rules) ? port : 0;
	const masks = [
		longestPrefix(prefixRows(rules, "source"), source),
		longestPrefix(prefixRows(rules, "destination"), destination),
		maskOf(rules, (rule) => rule.protocol === undefined || rule.protocol === protocol),
		maskOf(rules, (rule) => allowsPort(rule, portRow)),
	];
	const isSet = (mask: RuleMask, i: number) => (((mask[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;
	return [...rules.keys()].filter((i) => masks.every((mask) => isSet(mask, i)));
}

function isWithin(host: string, prefixes: readonly AddressPrefix[]): boolean {
	const isSameFamily = (prefix: AddressPrefix) => prefix.address.includes(":") === host.includes(":");
	const contains = (prefix: AddressPrefix) =>
		networkOf({ address: host, length: prefix.length }).address === prefix.address;
	return prefixes.length === 0 || prefixes.some((prefix) => isSameFamily(prefix) && contains(prefix));
}

function matches(rule: Rule, { source, destination, protocol, port }: Packet): boolean {
	const isInPorts = rule.ports.some(({ first, last }) => port !== undefined && port >= first && port <= last);
	return (
		isWithin(source, rule.source) &&
		isWithin(destination, rule.destination) &&
		(rule.protocol === undefined || rule.protocol === protocol) &&
		(rule.ports.length === 0 || isInPorts)
	);
}

test("the intersection of the masks is the set of the rules that match", () => {
	fc.assert(
		fc.property(anyRules, fc.array(anyPacket, { minLength: 1, maxLength: 8 }), (rules, packets) => {
			for (const packet of packets) {
				const expected = [...rules.keys()].filter((i) => matches(rules[i] as Rule, packet));
				expect(lookUp(rules, packet)).toEqual(expected);
			}
		}),
		{ numRuns: 150 },
	);
});

test("the port table has one row until a rule names a port", () => {
	const rule: Rule = { name: "r", action: "drop", source: [], destination: [], protocol: 6, ports: [] };
	expect(portRows([rule])).toBe(1);
	expect(portRows([rule, { ...rule, ports: [{ first: 80, last: 80 }] }])).toBe(65536);
});
