import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { discoverLoxilb, type LoxilbOptions } from "../../../src/discovery/loxilb/loxilb.ts";
import { verdictsOf } from "../../../src/discovery/loxilb/verdicts.ts";
import { hostPort } from "../../../src/model/address.ts";
import { collect } from "../collect.ts";
import { startLoxilb } from "./loxilb-server.ts";

const RULES = readFileSync(new URL("rules.json", import.meta.url), "utf8");
const HOSTS = readFileSync(new URL("hosts.json", import.meta.url), "utf8");

test("reads rules, names, secondary addresses, port ranges and verdicts", async () => {
	const { url } = await startLoxilb(RULES, HOSTS);
	const skipped: string[] = [];
	const { lists, failures } = await collect(discover(url, { skipped: (reason) => skipped.push(reason) }), 1);
	const inShort = lists[0]?.map(({ service: { label, vip, port, protocol, endpoints }, healthy }) => {
		const judged = endpoints.map((each) => {
			const place = hostPort(each.address, each.port);
			return `${place} ${healthy.get(place) ?? "?"}`;
		});
		return `${label} | ${protocol} ${hostPort(vip, port)} | ${judged.join(", ")}`;
	});
	expect(inShort).toEqual([
		"default_shop | tcp 192.0.2.1:80 | 10.0.0.1:8080 true, 10.0.0.2:8080 false",
		"192.0.2.2:38412/sctp | sctp 192.0.2.2:38412 | 10.0.0.3:38412 false",
		"192.0.2.3:38412/sctp | sctp 192.0.2.3:38412 | 10.0.0.3:38412 false",
		"[2001:db8::1]:53/udp | udp [2001:db8::1]:53 | [2001:db8::a]:53 ?",
		"192.0.2.4:2020 | tcp 192.0.2.4:2020 | 10.0.0.4:2020 ?",
		"192.0.2.4:2021 | tcp 192.0.2.4:2021 | 10.0.0.4:2021 ?",
	]);
	expect(skipped).toEqual([
		"rules of LoxiLB for protocol icmp are skipped",
		"rules of LoxiLB without an IP address are skipped",
	]);
	expect(failures).toEqual([]);
});

test("has no services when LoxiLB has none", async () => {
	const { url } = await startLoxilb('{"lbAttr":null}', '{"Attr":null}');
	expect((await collect(discover(url), 1)).lists).toEqual([[]]);
});

test("sends the Authorization header as it is configured, or none", async () => {
	const seen: (string | undefined)[] = [];
	const { url } = await startLoxilb((request, response) => {
		seen.push(request.headers.authorization);
		response.end('{"lbAttr":[]}');
	});
	await collect(discover(url, { authorization: "abc.def" }), 1);
	await collect(discover(url), 1);
	expect(seen).toEqual(["abc.def", undefined]);
});

test("a rule that comes, changes and goes", async () => {
	const server = await startLoxilb('{"lbAttr":[]}');
	const states = [ruleList(1), ruleList(1).replace("8080", "8081"), '{"lbAttr":[]}'];
	const discovery = discover(server.url);
	const ports: unknown[] = [];
	await new Promise<void>((resolve, reject) => {
		discovery.start((list) => {
			ports.push(list[0]?.service.endpoints[0]?.port);
			const next = states.shift();
			if (next === undefined) resolve();
			else server.rules = next;
		}, reject);
	});
	await discovery.stop();
	expect(ports).toEqual([undefined, 8080, 8081, undefined]);
});

test("counters of endpoints are no change", async () => {
	const server = await startLoxilb(RULES, HOSTS);
	let answers = 0;
	server.rules = (_, response) => response.end(RULES.replace("12:3400", `${answers++}:0`));
	const discovery = discover(server.url);
	const lists: unknown[] = [];
	discovery.start(
		(list) => lists.push(list),
		() => {},
	);
	await expect.poll(() => answers).toBeGreaterThan(3);
	await discovery.stop();
	expect(lists).toHaveLength(1);
});

test("keeps what is known while the server is away, and says why each time", async () => {
	const server = await startLoxilb(RULES);
	const discovery = discover(server.url);
	const events: string[] = [];
	await new Promise<void>((resolve) => {
		discovery.start(
			(list) => {
				events.push(`${list.length} services`);
				void server.close();
			},
			(reason) => {
				events.push(reason);
				if (events.length === 3) resolve();
			},
		);
	});
	await discovery.stop();
	expect(events[0]).toBe("6 services");
	for (const reason of events.slice(1)) expect(reason).toMatch(/^Cannot read http.*loadbalancer\/all: /);
	expect(events.at(-1)).toContain("ECONNREFUSED");
});

describe("looked for, not asked for", () => {
	test("is no service where no LoxiLB is, and is found when it comes", async () => {
		const server = await startLoxilb((_, response) => response.writeHead(404).end());
		const discovery = discover(server.url, { isHere: async () => false });
		const [lists, failures]: [number[], string[]] = [[], []];
		await new Promise<void>((resolve) => {
			discovery.start(
				(list) => {
					lists.push(list.length);
					if (lists.length === 1) server.rules = RULES;
					else if (lists.length === 2) server.rules = (_, response) => response.writeHead(404).end();
				},
				(reason) => {
					failures.push(reason);
					resolve();
				},
			);
		});
		await discovery.stop();
		// Once it has answered, what it said is not taken back because it is away.
		expect(lists).toEqual([0, 6]);
		expect(failures).toEqual([expect.stringContaining("the answer is 404 Not Found, expected 200")]);
	});

	test("fails with the reason where one is that does not answer", async () => {
		const { url } = await startLoxilb((_, response) => response.writeHead(401).end());
		const { lists, failures } = await collect(discover(url, { isHere: async () => true }), 0, 1);
		expect(lists).toEqual([]);
		expect(failures[0]).toContain("the answer is 401 Unauthorized, expected 200");
	});
});

test("delivers services without verdicts when those cannot be read, and says so", async () => {
	const { url } = await startLoxilb(RULES, (_, response) => response.writeHead(500).end());
	const { lists, failures } = await collect(discover(url), 1, 1);
	expect(lists[0]).toHaveLength(6);
	expect(lists[0]?.every(({ healthy }) => healthy.size === 0)).toBe(true);
	expect(failures[0]).toMatch(/endpoint\/all: the answer is 500 Internal Server Error, expected 200$/);
});

test.each([
	["401", "the answer is 401 Unauthorized, expected 200", (response) => response.writeHead(401).end()],
	["a redirect", "redirect", (response) => response.writeHead(302, { location: "/elsewhere" }).end()],
	["a web page", 'it begins "<html>", expected {"lbAttr": [', (response) => response.end("<html>")],
	["nothing", 'it begins "", expected', (response) => response.end()],
	["another list", 'it begins "{"Attr":[]}", expected', (response) => response.end('{"Attr":[]}')],
	["a list cut short", "JSON", (response) => response.end(RULES.slice(0, 700))],
	["no answer", "there is no answer within 200 ms", () => {}],
	[
		"an answer that never ends",
		"there is no answer within 200 ms",
		(response) => response.write('{"lbAttr":['),
	],
	[
		"an answer cut off",
		"other side closed",
		(response) =>
			response
				.writeHead(200, { "content-length": 5000 })
				.write(RULES.slice(0, 700), () => response.destroy()),
	],
] satisfies [string, string, (response: import("node:http").ServerResponse) => unknown][])(
	"fails with the reason at %s",
	async (_, reason, answer) => {
		const { url } = await startLoxilb((_, response) => void answer(response));
		const { lists, failures } = await collect(discover(url, { timeoutMs: 200 }), 0, 1);
		expect(lists).toEqual([]);
		expect(failures[0]).toContain(reason);
	},
);

test("passes over whatever is not as it should be", async () => {
	const wrong = [null, -1, "x", [], {}, [null], [{}]];
	const good = JSON.parse(RULES).lbAttr[0];
	const rules = wrong.flatMap((value) => [
		value,
		{ serviceArguments: value },
		{ ...good, serviceArguments: { ...good.serviceArguments, port: value } },
		{ ...good, serviceArguments: { ...good.serviceArguments, externalIP: value } },
	]);
	const partly = wrong.map((value) => ({
		...good,
		endpoints: value,
		secondaryIPs: value === null ? "x" : null,
	}));
	const hosts = wrong.flatMap((value) => [
		value,
		{ hostName: value },
		{ hostName: "10.0.0.1", currState: value },
	]);
	const { url } = await startLoxilb(
		JSON.stringify({ lbAttr: [...rules, ...partly, good] }),
		JSON.stringify({ Attr: hosts }),
	);
	const { lists } = await collect(discover(url), 1);
	expect(lists[0]).toHaveLength(partly.length + 1);
	expect(lists[0]?.at(-1)?.service.endpoints).toHaveLength(2);
	expect(lists[0]?.at(-1)?.healthy.size).toBe(0);
});

test("reads 5,000 rules", async () => {
	const { url } = await startLoxilb(ruleList(5000));
	const { lists } = await collect(discover(url), 1);
	expect(lists[0]).toHaveLength(5000);
});

test("of several probes of an endpoint all must be content; a ping counts where nothing else is said", () => {
	const host = (probeType: string, probePort: number, currState: string) => ({
		hostName: "10.0.0.1",
		probeType,
		probePort,
		currState,
	});
	const endpoint = { address: "10.0.0.1", port: 80 };
	expect(verdictsOf([host("tcp", 80, "ok"), host("http", 80, "nok")])(endpoint)).toBe(false);
	expect(verdictsOf([host("http", 80, "nok"), host("tcp", 80, "ok")])(endpoint)).toBe(false);
	expect(verdictsOf([host("ping", 0, "nok"), host("tcp", 80, "ok")])(endpoint)).toBe(true);
	expect(verdictsOf([host("ping", 0, "nok"), host("tcp", 81, "ok")])(endpoint)).toBe(false);
	expect(verdictsOf([host("tcp", 81, "nok")])(endpoint)).toBeUndefined();
});

function discover(
	url: string,
	{
		authorization,
		timeoutMs = 5000,
		skipped = () => {},
		isHere = async () => true,
	}: Partial<Pick<LoxilbOptions, "authorization" | "timeoutMs" | "skipped" | "isHere">> = {},
) {
	return discoverLoxilb({ url, authorization, timeoutMs, intervalMs: 1, skipped, isHere });
}

function ruleList(count: number): string {
	const rules = Array.from({ length: count }, (_, i) => ({
		serviceArguments: {
			externalIP: `192.0.${i >> 8}.${i & 255}`,
			port: 80,
			protocol: "tcp",
			name: `shop-${i}`,
		},
		endpoints: [1, 2, 3, 4].map((n) => ({
			endpointIP: `10.${n}.${i >> 8}.${i & 255}`,
			targetPort: 8080,
			weight: 1,
		})),
	}));
	return JSON.stringify({ lbAttr: rules });
}
