import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Discovered } from "../../src/discovery/discovery.ts";
import { discoverIpvs } from "../../src/discovery/ipvs.ts";
import { parseIpVs } from "../../src/discovery/parse-ip-vs.ts";
import { runInSlices } from "../../src/discovery/run-in-slices.ts";
import { hostPort } from "../../src/model/address.ts";
import { collect } from "./collect.ts";

const HEADING = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;

const RECORDED = readFileSync(new URL("ip_vs.txt", import.meta.url), "latin1");

test("reads services of both families and all protocols", async () => {
	const { services } = await parse(RECORDED);
	expect(services.map(inShort)).toEqual([
		"192.0.2.10:80 = 10.1.1.2:8080 10.1.1.3:8080",
		"192.0.2.10:53/udp = 10.1.1.2:53",
		"192.0.2.11:38412/sctp = 10.1.1.4:38412",
		"[2001:db8::10]:443 = 2001:db8:1::2:8443 2001:db8:1::3:8443",
		"192.0.2.12:443 =",
	]);
	expect(services[0]?.service).toEqual({
		label: "192.0.2.10:80",
		vip: "192.0.2.10",
		port: 80,
		protocol: "tcp",
		endpoints: [
			{ address: "10.1.1.2", port: 8080 },
			{ address: "10.1.1.3", port: 8080 },
		],
	});
});

test("keeps a destination of weight 0: its connections go on", async () => {
	const line =
		"TCP  C000020A:0050 wlc persistent 300 FFFFFFFF\n  -> 0A010102:1F90      Masq    0      7          0\n";
	expect((await parse(HEADING + line)).services.map(inShort)).toEqual(["192.0.2.10:80 = 10.1.1.2:8080"]);
});

test("says once what it leaves out", async () => {
	const { services, skipped } = await parse(
		`${HEADING}FWM  00000007 rr \n  -> 0A010102:0000      Masq    1      0          0\n` +
			"TCP  C000020A:0000 rr persistent 300 FFFFFFFF\n  -> 0A010102:0000      Masq    1      0          0\nICMP  C000020A:0001 rr \n",
	);
	expect(services).toEqual([]);
	expect(skipped).toEqual([
		"services of IPVS by firewall mark are not supported | FWM  00000007 rr",
		"services of IPVS for all ports are not supported | TCP  C000020A:0000 rr persistent 300 FFFFFFFF",
		"services of IPVS over ICMP are not supported | ICMP  C000020A:0001 rr",
	]);
});

test.each([
	["an empty file", ""],
	["another file", "TcpExt: SyncookiesSent\n"],
	["a line cut in an address", `${HEADING}TCP  C00002`],
	["a port that is none", `${HEADING}TCP  C000020A:00Z0 rr\n`],
	["a line cut in a destination", `${HEADING}TCP  C000020A:0050 rr\n  -> 0A0101`],
])("refuses %s", async (_, text) => {
	await expect(parse(text)).rejects.toThrow("Cannot read the services of IPVS");
});

test("reads 5,000 services", async () => {
	const line = (i: number) => {
		const host = i.toString(16).padStart(4, "0").toUpperCase();
		return `TCP  C633${host}:0050 rr  \n  -> 0A01${host}:1F90      Masq    1      0          0         \n`;
	};
	const { services } = await parse(HEADING + Array.from({ length: 5000 }, (_, i) => line(i)).join(""));
	expect(services).toHaveLength(5000);
	expect(services.at(-1)?.service.label).toBe("198.51.19.135:80");
});

test("delivers when services change, not when connections do", async () => {
	const texts = [RECORDED, RECORDED.replaceAll(" 3 ", " 4 "), HEADING, HEADING];
	let text = "";
	const read = async () => {
		text = texts.shift() ?? text;
		return text;
	};
	const { lists } = await collect(
		discoverIpvs({ netns: undefined, intervalMs: 1, skipped: () => {}, readText: read }),
		2,
	);
	expect(lists.map(({ length }) => length)).toEqual([5, 0]);
});

test("believes a change when two reads in a row say the same", async () => {
	const whole = `${HEADING}TCP  C000020A:0050 rr\nTCP  C000020B:0050 rr\n`;
	const torn = `${HEADING}TCP  C000020A:0050 rr\n`;
	const texts = [torn, whole];
	const { lists } = await collect(
		discoverIpvs({
			netns: undefined,
			intervalMs: 60_000,
			skipped: () => {},
			readText: async () => texts.shift() ?? whole,
		}),
		1,
	);
	expect(lists[0]).toHaveLength(2);
});

test("finds no services where the kernel has no IPVS", async () => {
	const options = { netns: undefined, skipped: () => {}, readText: async () => undefined };
	const { lists, failures } = await collect(discoverIpvs(options), 1);
	expect(lists).toEqual([[]]);
	expect(failures).toEqual([]);
});

async function parse(text: string): Promise<{ services: Discovered[]; skipped: string[] }> {
	const skipped: string[] = [];
	const services = await runInSlices(parseIpVs(text, (reason, line) => skipped.push(`${reason} | ${line}`)));
	return { services, skipped };
}

function inShort({ service }: Discovered): string {
	return [
		`${service.label} =`,
		...service.endpoints.map((each) => hostPort(each.address, each.port).replace(/[[\]]/g, "")),
	].join(" ");
}
