/** Any Config that parseConfig() could have made. */
import fc from "fast-check";
import {
	CLIENT_SERIES_NAMES,
	type Config,
	FIREWALL_ACTIONS,
	type FirewallRule,
	HEALTH_SOURCES,
	LOG_LEVELS,
	NAME_SETS,
} from "../../src/config/config.ts";
import { SOURCES } from "../../src/config/loxilb-schema.ts";
import { networkOf, type Prefix } from "../../src/config/prefix.ts";
import { findUnfitCharacter } from "../../src/config/unfit-character.ts";
import { canonicalAddress } from "../../src/model/address.ts";
import type { Probe } from "../../src/model/probe.ts";
import { defaultLabel, PROTOCOLS, type Service } from "../../src/model/service.ts";

type Family = 4 | 6;

const port = fc.integer({ min: 1, max: 65535 });
const ms = (min: number, max: number) => fc.integer({ min, max });
const longMs = ms(100, 168 * 3_600_000);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const isReadable = (text: string) =>
	!findUnfitCharacter(text) && !/\p{Cc}/u.test(text) && text.trim() === text;

const name = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter(isReadable);
const awkwardName = fc.constantFrom(
	"010",
	"80",
	"true",
	"null",
	"~",
	"a: b",
	"# c",
	"- d",
	"&e",
	"*f",
	"!g",
	"'h'",
	"[i]",
);
const netns = name.map((text) => `/run/netns/${text}`);
const pinsPath = name.filter((text) => !/[./]/.test(text)).map((text) => `/sys/fs/bpf/${text}`);
const interfaceName = name.filter(
	(text) => Buffer.byteLength(text) <= 15 && !/[\s/:]|^\.\.?$|^auto$/u.test(text),
);

function host(family: Family): fc.Arbitrary<string> {
	const any = family === 4 ? fc.ipV4() : fc.ipV6().filter((text) => !canonicalAddress(text)?.includes("."));
	return any.map((text) => canonicalAddress(text) ?? text).filter(isUnicast);
}

function isUnicast(address: string): boolean {
	return !/^(0\.0\.0\.0|255\.255\.255\.255|2(2[4-9]|3\d)\..*|::|ff..:.*)$/.test(address);
}

function service(family: Family): fc.Arbitrary<Service> {
	const endpoint = fc.record({ address: host(family), port });
	const endpoints = fc.uniqueArray(endpoint, {
		maxLength: 3,
		selector: ({ address, port }) => `${address} ${port}`,
	});
	const label = maybe(fc.oneof(name, awkwardName));
	const protocol = fc.constantFrom(...PROTOCOLS);
	const parts = { label, vip: host(family), port, protocol, endpoints, own: maybe(probe) };
	return fc.record(parts).map(({ label, vip, port, protocol, endpoints, own }) => {
		const named = label ?? defaultLabel(vip, port, protocol);
		const isProbed = own !== undefined && (protocol === "tcp" || own.type === "none");
		return { label: named, vip, port, protocol, endpoints, ...(isProbed && { probe: own }) };
	});
}

const statuses = fc.tuple(fc.integer({ min: 100, max: 599 }), fc.integer({ min: 100, max: 599 }));
const httpRequest = {
	path: fc.stringMatching(/^\/[!-~]{0,20}$/),
	status: fc.array(
		statuses.map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) })),
		{ minLength: 1, maxLength: 4 },
	),
	host: maybe(fc.stringMatching(/^[A-Za-z][A-Za-z0-9.-]{0,20}$/)),
};
const probe: fc.Arbitrary<Probe> = fc.oneof(
	fc.constantFrom({ type: "tcp" as const }, { type: "none" as const }),
	fc.record({ type: fc.constant("http" as const), ...httpRequest }),
	fc.record({
		type: fc.constant("https" as const),
		...httpRequest,
		serverName: maybe(fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/)),
		skipVerify: fc.boolean(),
		caFile: maybe(netns),
	}),
);

function prefixes(family: Family): fc.Arbitrary<Prefix[]> {
	const length = fc.integer({ min: 0, max: family === 4 ? 32 : 128 });
	const prefix = fc.record({ address: host(family), length }).map(networkOf);
	// A short IPv6 prefix can end up as "::", which is no IPv4-mapped network and so stays IPv6.
	return fc.array(prefix, { maxLength: 3 });
}

const range = fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

function rule(family: Family): fc.Arbitrary<FirewallRule> {
	return fc
		.record({
			name: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/),
			action: fc.constantFrom(...FIREWALL_ACTIONS),
			source: prefixes(family),
			destination: prefixes(family),
			protocol: maybe(fc.integer({ min: 0, max: 255 })),
			ports: fc.array(range, { maxLength: 8 }),
		})
		.map((rule) => ([6, 17, 132].includes(rule.protocol ?? 0) ? rule : { ...rule, ports: [] }))
		.filter(({ action, source, destination, protocol }) => {
			return action === "count" || protocol !== undefined || source.length + destination.length > 0;
		});
}

const families = <T>(of: (family: Family) => fc.Arbitrary<T>) => fc.oneof(of(4), of(6));

const enabled = fc.constantFrom(true, false, "auto" as const);
const dnsLabel = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
const kernelSource = fc.record({ enabled, netns: maybe(netns), intervalMs: ms(100, 3_600_000) });

export const arbitraryConfig: fc.Arbitrary<Config> = fc.record({
	listen: fc.record({
		address: maybe(families(host)),
		port,
		paths: fc.uniqueArray(fc.stringMatching(/^\/[a-z][a-z0-9_]{0,9}(\/[a-z][a-z0-9.~-]{0,9}){1,3}$/), {
			maxLength: 3,
		}),
	}),
	metrics: fc.record({
		names: fc.uniqueArray(fc.constantFrom(...NAME_SETS, ...CLIENT_SERIES_NAMES), { minLength: 1 }),
	}),
	web: fc.record({ configFile: maybe(netns), bearerTokensFile: maybe(netns) }),
	source: fc.constantFrom(...SOURCES),
	loxilb: fc.record({ pins: maybe(pinsPath) }),
	poll: fc.record({ intervalMs: ms(100, 300_000) }),
	interfaces: fc.oneof(
		fc.constant("auto" as const),
		fc.uniqueArray(fc.record({ name: interfaceName, netns: maybe(netns) }), {
			minLength: 1,
			maxLength: 4,
			selector: ({ name, netns }) => `${name} ${netns}`,
		}),
	),
	services: fc.uniqueArray(families(service), {
		maxLength: 4,
		selector: ({ vip, port, protocol }) => defaultLabel(vip, port, protocol),
	}),
	discovery: fc.record({
		kubernetes: fc.record({
			enabled,
			namespaces: fc.uniqueArray(dnsLabel, { maxLength: 3 }),
			labelSelector: fc.constantFrom("", "app=shop", "tier in (a, b),!x.y/z"),
			nodeAddresses: maybe(fc.uniqueArray(families(host), { minLength: 1, maxLength: 3 })),
			server: maybe(fc.record({ host: fc.oneof(dnsLabel, families(host)), port })),
			tokenFile: maybe(netns),
			caFile: maybe(netns),
		}),
		loxilb: fc.record({
			enabled,
			url: fc.tuple(dnsLabel, port).map(([name, number]) => `http://${name}:${number}`),
			authorization: maybe(fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)),
			intervalMs: ms(100, 3_600_000),
			timeoutMs: ms(100, 3_600_000),
		}),
		ipvs: kernelSource,
		nftables: kernelSource,
	}),
	health: fc
		.record({
			enabled: fc.boolean(),
			source: fc.constantFrom(...HEALTH_SOURCES),
			probe,
			intervalMs: ms(100, 3_600_000),
			timeoutMs: ms(100, 3_600_000),
			rise: fc.integer({ min: 1, max: 100 }),
			fall: fc.integer({ min: 1, max: 100 }),
			concurrency: fc.integer({ min: 1, max: 4096 }),
			netns: maybe(netns),
		})
		.map((health) => ({ ...health, timeoutMs: Math.min(health.timeoutMs, health.intervalMs) })),
	firewall: fc.record({
		rules: fc.uniqueArray(families(rule), { maxLength: 4, selector: ({ name }) => name }),
		host: fc.boolean(),
		loxilb: enabled,
		netns: maybe(netns),
	}),
	limits: fc.record({
		flows: fc.integer({ min: 16, max: 16_777_216 }),
		pairs: fc.integer({ min: 1, max: 16_777_216 }),
		services: fc.integer({ min: 4, max: 65_536 }),
		pairIdleMs: ms(1000, 168 * 3_600_000),
		clientPrefix: fc.record({
			ipv4: fc.integer({ min: 8, max: 32 }),
			ipv6: fc.integer({ min: 16, max: 128 }),
		}),
	}),
	timeouts: fc.record({
		tcpHandshakeMs: longMs,
		tcpEstablishedMs: longMs,
		tcpClosingMs: longMs,
		udpMs: longMs,
		sctpMs: longMs,
	}),
	reload: fc.record({ watch: fc.boolean(), http: fc.boolean() }),
	pins: fc.record({ enabled: fc.boolean(), path: pinsPath }),
	self: fc.record({ programStats: fc.boolean() }),
	system: fc.record({ root: name.map((text) => `/${text}`) }),
	security: fc.record({ dropCapabilities: fc.constantFrom("auto" as const, "never" as const) }),
	log: fc.record({ level: fc.constantFrom(...LOG_LEVELS) }),
});
