import { expect, test } from "vitest";
import type { Discovered } from "../../src/discovery/discovery.ts";
import { MERGE_ORDER, mergeServices } from "../../src/discovery/merge.ts";
import { unnamed } from "../../src/discovery/unnamed.ts";

test("the order of belief", () => {
	expect(MERGE_ORDER).toEqual(["static", "kubernetes", "loxilb", "ipvs", "nftables"]);
});

test("the first source that knows a service gives everything about it", () => {
	const ours = named("shop", { address: "10.0.0.1", port: 80 });
	const theirs = unnamed("192.0.2.1", 80, "tcp", [{ address: "10.0.0.2", port: 80 }]);
	expect(mergeServices([[ours], [theirs]])).toEqual([ours]);
	expect(mergeServices([[], [theirs], [ours]])).toEqual([theirs]);
});

test("another port, protocol or address is another service", () => {
	const all = [
		unnamed("192.0.2.1", 80, "tcp", []),
		unnamed("192.0.2.1", 80, "udp", []),
		unnamed("192.0.2.1", 81, "tcp", []),
		unnamed("2001:db8::1", 80, "tcp", []),
	];
	expect(mergeServices(all.map((each) => [each]))).toEqual(all);
});

test("a service of a later source comes back when the first forgets it", () => {
	const ours = named("shop", { address: "10.0.0.1", port: 80 });
	const theirs = unnamed("192.0.2.1", 80, "tcp", []);
	expect(mergeServices([[], [theirs]])).toEqual([theirs]);
	expect(mergeServices([[ours], [theirs]])).toEqual([ours]);
});

test("no sources, no services", () => {
	expect(mergeServices([])).toEqual([]);
});

function named(label: string, endpoint: { address: string; port: number }): Discovered {
	const service = { label, vip: "192.0.2.1", port: 80, protocol: "tcp" as const, endpoints: [endpoint] };
	return { service, namespace: "", name: label, type: "", healthy: new Map() };
}
