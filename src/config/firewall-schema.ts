import { PROTOCOL_NUMBER } from "../model/service.ts";
import { acrossKeys, listOf, mapping, oneOrMore, type Report, unique } from "./collections.ts";
import { FIREWALL_ACTIONS, type Firewall, type FirewallRule, type PortRange } from "./config.ts";
import { familyOf, formatPrefix, networkOf, type Prefix, parsePrefix } from "./prefix.ts";
import { alternatives, netnsPath, oneOf, scalar, text, trueFalseOrAuto, trueOrFalse } from "./scalars.ts";

const MAX_RULES = 256;
/** Of all rules together. */
const MAX_PREFIXES = 65_536;
const MAX_PORT_RANGES = 8;

/** IP protocol numbers, from the IANA registry. */
export const IP_PROTOCOLS: Readonly<Record<string, number>> = { ...PROTOCOL_NUMBER, icmp: 1, icmpv6: 58 };

const ruleName = text("1 to 64 letters, digits, _ . : or -", (name) => /^[A-Za-z0-9_.:-]{1,64}$/.test(name));

const prefix = scalar((value, refuse): Prefix => {
	const found = typeof value === "string" ? parsePrefix(value) : undefined;
	if (!found) return refuse("a prefix such as 10.0.0.0/8 or fd00::/8");
	const network = networkOf(found);
	return network.address === found.address ? found : refuse(`${formatPrefix(network)}, without host bits`);
});

const ipProtocol = scalar((value, refuse): number => {
	const number =
		typeof value === "string" && Object.hasOwn(IP_PROTOCOLS, value) ? IP_PROTOCOLS[value] : value;
	if (typeof number === "number" && number >= 0 && number <= 255) return number;
	return refuse(alternatives([...Object.keys(IP_PROTOCOLS), "0 to 255"]));
});

const portRange = scalar((value, refuse): PortRange => {
	const range = parseRange(value);
	if (!range || range.first < 1 || range.last > 65535)
		return refuse("1 to 65535, or a range such as 8000-8100");
	return range.first <= range.last ? range : refuse("the lower port first");
});

function parseRange(value: unknown): PortRange | undefined {
	if (typeof value === "number") return { first: value, last: value };
	const found = /^([1-9]\d{0,4})-([1-9]\d{0,4})$/.exec(String(value));
	return found ? { first: Number(found[1]), last: Number(found[2]) } : undefined;
}

const rule = mapping({
	name: ruleName,
	action: oneOf(FIREWALL_ACTIONS),
	source: oneOrMore(prefix, MAX_PREFIXES).default([]),
	destination: oneOrMore(prefix, MAX_PREFIXES).default([]),
	protocol: ipProtocol.optional(),
	ports: oneOrMore(portRange, MAX_PORT_RANGES).default([]),
})
	.check(acrossKeys(["source", "destination"], refuseMixedFamilies))
	.check(acrossKeys(["protocol", "ports"], refusePortsWithoutProtocol))
	.check(acrossKeys(["action", "source", "destination", "protocol", "ports"], refuseDropOfEverything))
	.transform(({ name, action, source, destination, protocol, ports }): FirewallRule => {
		return { name, action, source, destination, protocol, ports };
	});

/** What a rule looks like to the checks: its transform has not run yet. */
type Unchecked = Omit<FirewallRule, "name" | "protocol"> & { protocol?: FirewallRule["protocol"] };

function refuseMixedFamilies({ source, destination }: Unchecked, report: Report): void {
	const families = new Set(source.map(({ address }) => familyOf(address)));
	if (families.size === 0 || destination.length === 0) return;
	if (destination.some(({ address }) => families.has(familyOf(address)))) return;
	const subject = "no packet has a source and a destination of different families";
	report(["destination"], `${alternatives([...families])} as the source is`, { subject });
}

function refusePortsWithoutProtocol({ protocol, ports }: Unchecked, report: Report): void {
	if (ports.length === 0) return;
	if (protocol !== undefined && Object.values(PROTOCOL_NUMBER).includes(protocol)) return;
	report(["ports"], "none without protocol tcp, udp or sctp");
}

function refuseDropOfEverything(rule: Unchecked, report: Report): void {
	const { action, source, destination, protocol, ports } = rule;
	if (action !== "drop" || protocol !== undefined) return;
	if (source.length + destination.length + ports.length > 0) return;
	report([], "a source, destination, protocol or ports", { subject: "the rule drops every packet" });
}

export const firewall = mapping({
	rules: listOf(rule, 0, MAX_RULES)
		.check(unique(({ name }) => `rule ${name}`, "a name of its own"))
		.prefault([]),
	host: trueOrFalse.prefault(false),
	loxilb: trueFalseOrAuto.prefault("auto"),
	netns: netnsPath.optional(),
})
	.check(acrossKeys(["rules"], refuseTooManyPrefixes))
	.transform(({ rules, host, loxilb, netns }): Firewall => ({ rules, host, loxilb, netns }));

function refuseTooManyPrefixes({ rules }: { rules: FirewallRule[] }, report: Report): void {
	let prefixes = 0;
	for (const [index, { source, destination }] of rules.entries()) {
		prefixes += source.length + destination.length;
		if (prefixes <= MAX_PREFIXES) continue;
		const subject = `the rules have ${prefixes} prefixes up to here`;
		report(["rules", index], `at most ${MAX_PREFIXES} of all rules together`, { subject });
		return;
	}
}
