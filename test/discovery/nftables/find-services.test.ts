import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { servicesIn } from "../../../src/discovery/nftables/nftables.ts";
import { runInSlices } from "../../../src/discovery/run-in-slices.ts";
import { hostPort } from "../../../src/model/address.ts";

const KUBE_PROXY = readFileSync(new URL("kube-proxy.json", import.meta.url));

const TO_WEB = [matches("ip", "daddr", "192.0.2.1"), matches("tcp", "dport", 80)];
const DNAT = { dnat: { addr: "10.0.0.1", port: 8080 } };

test("reads the tables of kube-proxy: cluster, external and node ports, affinity", async () => {
	const { services, skipped } = await find(KUBE_PROXY);
	expect(services.sort()).toEqual([
		"1.2.3.4:53/udp = 10.180.0.3:53",
		"172.30.0.41:80 = 10.180.0.1:80 10.180.0.2:8080",
		"172.30.0.43:53/udp = 10.180.0.3:53",
		"192.168.0.2:3003/udp = 10.180.0.3:53",
	]);
	expect(skipped).toEqual([]);
});

test("joins what several rules and chains send to", async () => {
	const services = await findInRules(
		[...TO_WEB, DNAT],
		[...TO_WEB, { dnat: { addr: "10.0.0.2", port: 8080 } }],
		[...TO_WEB, { jump: { target: "more" } }],
	);
	expect(services).toEqual(["192.0.2.1:80 = 10.0.0.1:8080 10.0.0.2:8080"]);
});

test.each([
	["without a destination address", [matches("tcp", "dport", 80), DNAT]],
	["without a destination port", [matches("ip", "daddr", "192.0.2.1"), DNAT]],
	["without a protocol", [matches("ip", "daddr", "192.0.2.1"), matches("th", "dport", 80), DNAT]],
	[
		"for more than a destination address",
		[matches("ip", "daddr", { prefix: { addr: "192.0.2.0", len: 24 } }), matches("tcp", "dport", 80), DNAT],
	],
	[
		"for more than a destination port",
		[matches("ip", "daddr", "192.0.2.1"), matches("tcp", "dport", { range: [1, 65535] }), DNAT],
	],
	[
		"to anything but single addresses and ports",
		[...TO_WEB, { dnat: { addr: { prefix: { addr: "10.0.0.0", len: 8 } } } }],
	],
	[
		"to anything but single addresses and ports",
		[...TO_WEB, { dnat: { addr: { range: ["10.0.0.0", "10.255.0.0"] } } }],
	],
])("skips DNAT rules %s, and says so", async (reason, statements) => {
	const { services, skipped } = await find(ruleset([statements]));
	expect(services).toEqual([]);
	expect(skipped).toEqual([`DNAT rules ${reason} are skipped | ip t/pre/1`]);
});

test("says that it cannot read the rules of iptables", async () => {
	const { skipped } = await find(ruleset([[...TO_WEB, { xt: null }]]));
	expect(skipped).toEqual(["rules of iptables cannot be read through nftables | ip t/pre/1"]);
});

test.each([
	["redirect", [...TO_WEB, { redirect: { port: 8080 } }]],
	["masquerade", [...TO_WEB, { masquerade: null }]],
	["dnat of another protocol", [...TO_WEB, matches("udp", "dport", 80), DNAT]],
	["dnat of another address", [...TO_WEB, matches("ip", "daddr", "192.0.2.2"), DNAT]],
	["dnat for a set that is empty", [matches("ip", "daddr", "@none"), matches("tcp", "dport", 80), DNAT]],
])("finds no service in a %s", async (_, statements) => {
	const { services, skipped } = await find(ruleset([statements]));
	expect([services, skipped]).toEqual([[], []]);
});

test("finds no service in chains that no packet comes to", async () => {
	const { services } = await find(ruleset([[...TO_WEB, DNAT]], { type: "filter", hook: "prerouting" }));
	expect(services).toEqual([]);
});

test("comes to an end with chains in a circle", async () => {
	const services = await findInRules([...TO_WEB, { jump: { target: "pre" } }], [...TO_WEB, DNAT]);
	expect(services).toEqual(["192.0.2.1:80 = 10.0.0.1:8080"]);
});

test.each([
	["no objects", "[null, 1, [], {}]"],
	[
		"rules without statements",
		'[{"rule": null}, {"rule": {}}, {"rule": {"expr": {}}}, {"rule": {"expr": [null, 1, "x", []]}}]',
	],
	[
		"chains and sets without names",
		'[{"chain": {"type": "nat", "hook": "output"}}, {"set": {}}, {"map": {"elem": 1}}]',
	],
])("passes over %s", async (_, objects) => {
	const { services } = await find(Buffer.from(`{"nftables": ${objects}}`));
	expect(services).toEqual([]);
});

test("passes over statements of any wrong form", async () => {
	const wrong = [
		null,
		1,
		"x",
		[],
		{},
		{ set: null },
		{ map: {} },
		{ map: { key: 1, data: [[]] } },
		{ range: [1] },
	];
	for (const value of wrong) {
		const forms = [
			{ dnat: value },
			{ vmap: value },
			{ jump: value },
			{ match: value },
			matches("ip", "daddr", value),
		];
		const services = await findInRules(
			...forms.map((form) => [form, ...TO_WEB, form, DNAT, { dnat: { addr: value, port: value } }]),
		);
		expect(services, JSON.stringify(value)).toEqual(["192.0.2.1:80 = 10.0.0.1:8080"]);
	}
});

test("finds nothing where there are no rules", async () => {
	for (const text of ['{"nftables": []}', '{"nftables": [{"metainfo": {"version": "1.0.6"}}]}']) {
		expect(await find(Buffer.from(text))).toEqual({ services: [], skipped: [] });
	}
});

test("reads 5,000 services, in steps between which the event loop turns", async () => {
	const addresses = Array.from({ length: 5000 }, (_, i) => `192.0.${i >> 8}.${i & 255}`);
	const rules = addresses.map((address) => [
		matches("ip", "daddr", address),
		matches("tcp", "dport", 80),
		DNAT,
	]);
	let steps = 0;
	const work = servicesIn(ruleset(rules), () => {});
	let step = work.next();
	for (; !step.done; step = work.next()) steps++;
	expect(step.value).toHaveLength(5000);
	expect(new Set(step.value.map(({ service }) => service.vip))).toEqual(new Set(addresses));
	expect(steps).toBeGreaterThan(20);
});

test("refuses a list that is cut", async () => {
	await expect(find(KUBE_PROXY.subarray(0, 3000))).rejects.toThrow(SyntaxError);
});

function matches(protocol: string, field: string, right: unknown) {
	return { match: { op: "==", left: { payload: { protocol, field } }, right } };
}

/** What `nft -j list ruleset` says of a NAT chain with these rules. */
function ruleset(
	rules: readonly (readonly unknown[])[],
	chain = { type: "nat", hook: "prerouting" },
): Buffer {
	const owner = { family: "ip", table: "t" };
	const objects = [
		{ chain: { ...owner, name: "pre", ...chain } },
		...rules.map((expr, i) => ({ rule: { ...owner, chain: "pre", handle: i + 1, expr } })),
		{ rule: { ...owner, chain: "more", handle: 100, expr: [DNAT] } },
	];
	return Buffer.from(JSON.stringify({ nftables: objects }));
}

async function findInRules(...rules: readonly (readonly unknown[])[]): Promise<string[]> {
	return (await find(ruleset(rules))).services;
}

async function find(text: Buffer): Promise<{ services: string[]; skipped: string[] }> {
	const skipped: string[] = [];
	const found = await runInSlices(servicesIn(text, (reason, place) => skipped.push(`${reason} | ${place}`)));
	const services = found.map(({ service: { label, endpoints } }) => {
		return `${label} = ${endpoints.map(({ address, port }) => hostPort(address, port)).join(" ")}`;
	});
	return { services, skipped };
}
