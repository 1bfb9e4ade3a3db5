import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkOf } from "../../src/config/prefix.ts";
import type { AddressPrefix, Rule } from "../../src/firewall/rule.ts";
import { maskOf, prefixRows } from "../../src/firewall/rule-masks.ts";
import { parseAddress } from "../../src/model/address.ts";

function rule(source: readonly AddressPrefix[]): Rule {
	return { name: "r", action: "drop", source, destination: [], protocol: undefined, ports: [] };
}

/** Few distinct bits, so that prefixes meet and lie within each other. */
const ipv4 = fc
	.tuple(
		fc.constantFrom("10.0.0.0", "10.128.1.0", "10.255.255.255", "11.0.0.1"),
		fc.integer({ min: 0, max: 32 }),
	)
	.map(([address, length]) => networkOf({ address, length }));
const ipv6 = fc
	.tuple(fc.constantFrom("fd00::1", "fd00:8000::", "::1:2:3:4"), fc.integer({ min: 0, max: 128 }))
	.map(([address, length]) => networkOf({ address, length }));

function covers(prefix: AddressPrefix, other: AddressPrefix): boolean {
	const isSameFamily = prefix.address.includes(":") === other.address.includes(":");
	if (!isSameFamily || prefix.length > other.length) return false;
	return networkOf({ address: other.address, length: prefix.length }).address === prefix.address;
}

describe("rows of a longest-prefix table", () => {
	it("hold every rule whose prefix covers theirs", () => {
		const rules = fc.array(fc.array(fc.oneof(ipv4, ipv6), { maxLength: 6 }).map(rule), { maxLength: 12 });
		fc.assert(
			fc.property(rules, (rules) => {
				const rows = prefixRows(rules, "source");
				for (const prefix of rules.flatMap(({ source }) => source)) {
					const isIPv6 = prefix.address.includes(":");
					const row = rows.find(
						({ address, length }) =>
							length === prefix.length + (isIPv6 ? 0 : 96) &&
							Buffer.compare(address, parseAddress(prefix.address) ?? Buffer.alloc(0)) === 0,
					);
					const expected = maskOf(
						rules,
						({ source }) => source.length === 0 || source.some((own) => covers(own, prefix)),
					);
					expect(row?.mask).toEqual(expected);
				}
			}),
		);
	});

	it("begin with a root for each family, for rules that name no prefix", () => {
		const rows = prefixRows([rule([]), rule([{ address: "::", length: 0 }])], "source");
		const masks = rows.map(({ length, mask }) => [length, mask[0]]);
		expect(masks).toEqual([
			[96, 0b01],
			[0, 0b11],
		]);
	});
});
