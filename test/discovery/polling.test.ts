import { expect, test } from "vitest";
import type { Discovered } from "../../src/discovery/discovery.ts";
import { pollingDiscovery } from "../../src/discovery/polling.ts";
import { unnamed } from "../../src/discovery/unnamed.ts";
import { collect } from "./collect.ts";

const WEB = unnamed("192.0.2.1", 80, "tcp", [{ address: "10.0.0.1", port: 80 }]);

test("delivers at once, an empty list too, then what has changed", async () => {
	const reads = [[], [], [WEB], [WEB], undefined, [], []];
	const { lists } = await collect(
		poll(async () => reads.shift()),
		3,
	);
	expect(lists).toEqual([[], [WEB], []]);
});

test.each([
	[
		"another endpoint",
		{ ...WEB, service: { ...WEB.service, endpoints: [{ address: "10.0.0.2", port: 80 }] } },
	],
	[
		"another endpoint port",
		{ ...WEB, service: { ...WEB.service, endpoints: [{ address: "10.0.0.1", port: 81 }] } },
	],
	["one endpoint less", { ...WEB, service: { ...WEB.service, endpoints: [] } }],
	["another label", { ...WEB, service: { ...WEB.service, label: "web" } }],
	["another name", { ...WEB, name: "web" }],
	["a verdict", { ...WEB, healthy: new Map([["10.0.0.1:80", true]]) }],
])("a change is %s", async (_, changed) => {
	const reads = [[WEB], [{ ...WEB }], [changed]];
	const { lists } = await collect(
		poll(async () => reads.shift()),
		2,
	);
	expect(lists).toEqual([[WEB], [changed]]);
});

test("tells each failure, and goes on", async () => {
	let count = 0;
	const { lists, failures } = await collect(
		poll(async () => {
			count++;
			if (count % 2 === 0) throw new Error(`failure ${count}`);
			return count < 5 ? [WEB] : [];
		}),
		3,
	);
	// The second time because it is up to date again.
	expect(lists).toEqual([[WEB], [WEB], []]);
	expect(failures).toEqual(["failure 2", "failure 4"]);
});

test("delivers nothing after it was stopped, and waits for the read under way", async () => {
	const lists: unknown[] = [];
	let end = (_: Discovered[]) => {};
	const reading = new Promise<Discovered[]>((resolve) => {
		end = resolve;
	});
	const discovery = poll(() => reading);
	discovery.start(
		(list) => lists.push(list),
		() => {},
	);
	const stopped = discovery.stop();
	end([WEB]);
	await stopped;
	expect(lists).toEqual([]);
});

test("stops before it was started", async () => {
	await poll(async () => []).stop();
});

function poll(read: () => Promise<readonly Discovered[] | undefined>) {
	return pollingDiscovery({ name: "test", intervalMs: 1, read });
}
