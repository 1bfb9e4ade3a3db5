import { expect, it } from "vitest";
import { targetsOf } from "../../src/health/targets.ts";
import type { Service } from "../../src/model/service.ts";

function service(label: string, protocol: Service["protocol"], ...ports: number[]): Service {
	const endpoints = ports.map((port) => ({ address: "2001:db8::1", port }));
	return { label, vip: "10.0.0.1", port: 80, protocol, endpoints };
}

it("has one address, port and protocol once, with the labels of all services that use it", () => {
	const targets = targetsOf([
		service("web", "tcp", 80, 443),
		service("web", "tcp", 80),
		service("other", "tcp", 80),
		service("dns", "udp", 80),
	]);
	expect([...targets.values()].map(({ port, protocol, services }) => [port, protocol, services])).toEqual([
		[80, "tcp", ["web", "other"]],
		[443, "tcp", ["web"]],
		[80, "udp", ["dns"]],
	]);
});
