import { expect, test } from "vitest";
import { splitTargets, type Wanted } from "../../src/health/split-targets.ts";
import type { Told } from "../../src/health/targets.ts";
import type { Service } from "../../src/model/service.ts";

const TCP = { type: "tcp" } as const;
const NONE = { type: "none" } as const;

/** Ports of one endpoint address, and what the source says of them. */
function told(
	label: string,
	ports: readonly number[],
	verdicts: Readonly<Record<number, boolean>> = {},
	more: Partial<Service> = {},
): Told {
	const endpoints = ports.map((port) => ({ address: "10.1.0.1", port }));
	const healthy = new Map(Object.entries(verdicts).map(([port, verdict]) => [`10.1.0.1:${port}`, verdict]));
	return { service: { label, vip: "10.0.0.1", port: 80, protocol: "tcp", endpoints, ...more }, healthy };
}

async function linesOf(
	services: readonly Told[],
	source: Wanted["source"],
	more: Partial<Wanted> = {},
): Promise<string[]> {
	const wanted = { source, probe: TCP, isElsewhere: false, ...more };
	const { targets, judgeOf } = await splitTargets(services, wanted);
	return [...targets].map(([key, target]) => {
		const judge = judgeOf(key, target);
		return `${target.port} of ${target.services}: ${judge}${judge === "source" ? ` says ${target.told}` : ""}`;
	});
}

test("an endpoint has the verdict of its source, is probed where there is none, else judged by its clients", async () => {
	const services = [
		told("web", [1, 2, 3], { 1: true, 2: false }),
		told("dns", [53], {}, { protocol: "udp" }),
		told("amf", [9], {}, { protocol: "sctp" }),
		told("shy", [4], {}, { probe: NONE }),
	];
	expect(await linesOf(services, "auto")).toEqual([
		"1 of web: source says true",
		"2 of web: source says false",
		"3 of web: probe",
		"53 of dns: clients",
		"9 of amf: clients",
		"4 of shy: clients",
	]);
});

test("with the word of sources alone, what has no verdict is there all the same", async () => {
	expect(await linesOf([told("web", [1, 2], { 1: true })], "discovery")).toEqual([
		"1 of web: source says true",
		"2 of web: source says undefined",
	]);
});

test("with probes alone, no source is believed, and what cannot be probed has no verdict", async () => {
	const services = [told("web", [1], { 1: true }), told("dns", [53], {}, { protocol: "udp" })];
	expect(await linesOf(services, "probe")).toEqual(["1 of web: probe", "53 of dns: nobody"]);
	expect(await linesOf([told("web", [1])], "probe", { probe: NONE })).toEqual(["1 of web: nobody"]);
});

test("with clients alone, nobody else is asked", async () => {
	expect(await linesOf([told("web", [1, 2], { 1: false })], "passive")).toEqual([
		"1 of web: clients",
		"2 of web: clients",
	]);
});

test("one unhealthy verdict decides, whoever else uses the endpoint", async () => {
	const services = [told("a", [1], { 1: true }), told("b", [1], { 1: false }), told("c", [1])];
	expect(await linesOf(services, "auto")).toEqual(["1 of a,b,c: source says false"]);
	expect(await linesOf(services.toReversed(), "auto")).toEqual(["1 of c,b,a: source says false"]);
});

test("an endpoint that is itself a service is not probed from elsewhere: that would be counted as a client", async () => {
	const inner = told("inner", [1], {}, { vip: "10.1.0.1", port: 2 });
	const services = [told("outer", [2]), inner];
	const there = { isElsewhere: true };
	expect(await linesOf(services, "auto", there)).toEqual(["2 of outer: clients", "1 of inner: probe"]);
	expect(await linesOf(services, "probe", there)).toEqual(["2 of outer: nobody", "1 of inner: probe"]);
	expect(await linesOf(services, "auto")).toEqual(["2 of outer: probe", "1 of inner: probe"]);
});
