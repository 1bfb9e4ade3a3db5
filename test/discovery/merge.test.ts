import { expect, test } from "vitest";
import type { Discovered } from "../../src/discovery/discovery.ts";
import { mergeServices } from "../../src/discovery/merge.ts";
import { runInSlices } from "../../src/discovery/run-in-slices.ts";
import { unnamed } from "../../src/discovery/unnamed.ts";

test("the first source that knows a service gives everything about it", async () => {
	const ours = named("shop", { address: "10.0.0.1", port: 80 });
	const theirs = unnamed("192.0.2.1", 80, "tcp", [{ address: "10.0.0.2", port: 80 }]);
	expect(await merged([[ours], [theirs]])).toEqual([ours]);
	expect(await merged([[], [theirs], [ours]])).toEqual([theirs]);
});

test("another port, protocol or address is another service", async () => {
	const all = [
		unnamed("192.0.2.1", 80, "tcp", []),
		unnamed("192.0.2.1", 80, "udp", []),
		unnamed("192.0.2.1", 81, "tcp", []),
		unnamed("2001:db8::1", 80, "tcp", []),
	];
	expect(await merged(all.map((each) => [each]))).toEqual(all);
});

test("a service of a later source comes back when the first forgets it", async () => {
	const ours = named("shop", { address: "10.0.0.1", port: 80 });
	const theirs = unnamed("192.0.2.1", 80, "tcp", []);
	expect(await merged([[], [theirs]])).toEqual([theirs]);
	expect(await merged([[ours], [theirs]])).toEqual([ours]);
});

test("many services are merged like few", async () => {
	const many = Array.from({ length: 5000 }, (_, i) => unnamed("192.0.2.1", i + 1, "tcp", []));
	expect(await merged([many.slice(0, 3000), many.slice(2000)])).toEqual(many);
});

test("no sources, no services", async () => {
	expect(await merged([])).toEqual([]);
});

function merged(lists: readonly (readonly Discovered[])[]): Promise<Discovered[]> {
	return runInSlices(mergeServices(lists));
}

function named(label: string, endpoint: { address: string; port: number }): Discovered {
	const service = { label, vip: "192.0.2.1", port: 80, protocol: "tcp" as const, endpoints: [endpoint] };
	return { service, namespace: "", name: label, type: "", healthy: new Map() };
}
