import { expect, it } from "vitest";
import { addTargets, type Targets } from "../../src/health/targets.ts";
import type { Probe } from "../../src/model/probe.ts";
import type { Service } from "../../src/model/service.ts";

const DEFAULT: Probe = { type: "tcp" };
const NONE: Probe = { type: "none" };

function service(label: string, protocol: Service["protocol"], ports: number[], probe?: Probe): Service {
	const endpoints = ports.map((port) => ({ address: "2001:db8::1", port }));
	return { label, vip: "10.0.0.1", port: 80, protocol, endpoints, ...(probe && { probe }) };
}

function targetsOf(services: readonly Service[]) {
	const targets: Targets = new Map();
	for (const each of services) addTargets(targets, { service: each, healthy: new Map() }, DEFAULT);
	return [...targets.values()];
}

it("has one address, port and protocol once, with the labels of all services that use it", () => {
	const targets = targetsOf([
		service("web", "tcp", [80, 443]),
		service("web", "tcp", [80]),
		service("other", "tcp", [80]),
		service("dns", "udp", [80]),
	]);
	expect(targets.map(({ port, protocol, services }) => [port, protocol, services])).toEqual([
		[80, "tcp", ["web", "other"]],
		[443, "tcp", ["web"]],
		[80, "udp", ["dns"]],
	]);
});

it("probes as the first service wants that has a probe of its own, else as all", () => {
	const http: Probe = { type: "http", path: "/", status: [], host: undefined };
	const targets = targetsOf([
		service("a", "tcp", [1, 2]),
		service("b", "tcp", [1], http),
		service("c", "tcp", [1], NONE),
	]);
	expect(targets.map(({ port, probe }) => [port, probe])).toEqual([
		[1, http],
		[2, DEFAULT],
	]);
});
