import { expect, test } from "vitest";
import { sourceVerdicts, type Told, withoutVerdict } from "../../src/health/source-verdicts.ts";

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

function linesOf(services: readonly Told[], all: boolean): string[] {
	return [...sourceVerdicts(services, all).values()].map(
		({ port, services: labels, healthy }) => `${port} of ${labels} is ${healthy}`,
	);
}

test("an endpoint has the verdict of its source", () => {
	expect(linesOf([told("web", [1, 2, 3], { 1: true, 2: false })], false)).toEqual([
		"1 of web is true",
		"2 of web is false",
	]);
});

test("all endpoints are there, those without a verdict too, where only sources are asked", () => {
	expect(linesOf([told("web", [1, 2], { 1: true })], true)).toEqual([
		"1 of web is true",
		"2 of web is undefined",
	]);
});

test("one unhealthy verdict decides, whoever else uses the endpoint", () => {
	const services = [told("a", [1], { 1: true }), told("b", [1], { 1: false }), told("c", [1])];
	expect(linesOf(services, false)).toEqual(["1 of a,b,c is false"]);
	expect(linesOf(services.toReversed(), false)).toEqual(["1 of c,b,a is false"]);
});

test("what has a verdict is not left to the probes of any service", () => {
	const services = [told("a", [1, 2], { 1: true }), told("b", [1])];
	const left = withoutVerdict(services, sourceVerdicts(services, false));
	expect(left.map(({ label, endpoints }) => [label, endpoints.map(({ port }) => port)])).toEqual([
		["a", [2]],
		["b", []],
	]);
});
