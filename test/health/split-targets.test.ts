import { expect, test } from "vitest";
import { splitTargets, type Told } from "../../src/health/split-targets.ts";

/** Ports of one endpoint address, and what the source says of them. */
function told(
	label: string,
	ports: readonly number[],
	verdicts: Readonly<Record<number, boolean>> = {},
): Told {
	const endpoints = ports.map((port) => ({ address: "10.1.0.1", port }));
	const healthy = new Map(Object.entries(verdicts).map(([port, verdict]) => [`10.1.0.1:${port}`, verdict]));
	return { service: { label, vip: "10.0.0.1", port: 80, protocol: "tcp", endpoints }, healthy };
}

async function linesOf(
	services: readonly Told[],
	source: "auto" | "probe" | "discovery",
): Promise<{ told: string[]; probed: string[] }> {
	const { told, probed } = await splitTargets(services, source);
	return {
		told: [...told.values()].map(({ port, services, healthy }) => `${port} of ${services} is ${healthy}`),
		probed: [...probed.values()].map(({ port, services }) => `${port} of ${services}`),
	};
}

test("an endpoint has the verdict of its source, and is probed where there is none", async () => {
	expect(await linesOf([told("web", [1, 2, 3], { 1: true, 2: false })], "auto")).toEqual({
		told: ["1 of web is true", "2 of web is false"],
		probed: ["3 of web"],
	});
});

test("without probes, what has no verdict is there all the same", async () => {
	expect(await linesOf([told("web", [1, 2], { 1: true })], "discovery")).toEqual({
		told: ["1 of web is true", "2 of web is undefined"],
		probed: [],
	});
});

test("with probes only, no source is believed", async () => {
	expect(await linesOf([told("web", [1], { 1: true })], "probe")).toEqual({ told: [], probed: ["1 of web"] });
});

test("one unhealthy verdict decides, whoever else uses the endpoint", async () => {
	const services = [told("a", [1], { 1: true }), told("b", [1], { 1: false }), told("c", [1])];
	expect((await linesOf(services, "auto")).told).toEqual(["1 of a,b,c is false"]);
	expect((await linesOf(services.toReversed(), "auto")).told).toEqual(["1 of c,b,a is false"]);
});
