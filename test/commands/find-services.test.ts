import { expect, test } from "vitest";
import { createServiceFinder } from "../../src/commands/find-services.ts";
import type { Discovered, Discovery } from "../../src/discovery/discovery.ts";
import { unnamed } from "../../src/discovery/unnamed.ts";
import { createLog } from "../../src/log.ts";

const WEB = unnamed("192.0.2.1", 80, "tcp", []);
const NAMED: Discovered = { ...WEB, name: "web" };
const DNS = unnamed("192.0.2.1", 53, "udp", []);

/** A source in the hands of the test. */
function source(name: string) {
	let deliver = (_: readonly Discovered[]) => {};
	let failed = (_: string) => {};
	const discovery: Discovery = {
		name,
		start(told, refused) {
			deliver = told;
			failed = refused;
		},
		stop: async () => {},
	};
	return {
		discovery,
		deliver: (services: readonly Discovered[]) => deliver(services),
		failed: (reason: string) => failed(reason),
	};
}

function setUp() {
	const [first, second] = [source("kubernetes"), source("ipvs")];
	const applied: (readonly Discovered[])[] = [];
	const lines: string[] = [];
	const finder = createServiceFinder({
		sources: [first.discovery, second.discovery],
		apply: async (services) => void applied.push(services),
		metrics: { discovery: () => ({ delivered: () => {}, failed: () => {}, left: () => {} }) },
		log: createLog("info", (line) => void lines.push(line.replace(/^.*event=/, "").trim())),
	});
	return { first, second, applied, lines, finder, stop: new AbortController() };
}

test("waits for the first word of every source, and applies all at once", async () => {
	const { first, second, applied, lines, finder, stop } = setUp();
	const started = finder.start(stop.signal);
	second.deliver([WEB, DNS]);
	first.deliver([NAMED]);
	await started;
	expect(applied).toEqual([[NAMED, DNS]]);
	expect(lines).toEqual([
		'"services found" source=ipvs services=2',
		'"services found" source=kubernetes services=1',
	]);
	await finder.stop();
});

test("does not wait for a source that fails, and says so once", async () => {
	const { first, second, applied, lines, finder, stop } = setUp();
	const started = finder.start(stop.signal);
	second.deliver([WEB]);
	for (const _ of [1, 2, 3]) first.failed("Cannot list services: no answer");
	await started;
	expect(applied).toEqual([[WEB]]);
	first.deliver([NAMED]);
	await expect.poll(() => applied.at(-1)).toEqual([NAMED]);
	expect(lines).toEqual([
		'"services found" source=ipvs services=1',
		'"services of kubernetes may be out of date" reason="Cannot list services: no answer"',
		'"services found" source=kubernetes services=1',
		'"services of kubernetes may be out of date: over"',
	]);
	await finder.stop();
});

test("does not wait when it is to stop", async () => {
	const { finder, stop } = setUp();
	const started = finder.start(stop.signal);
	stop.abort();
	await started;
	await finder.stop();
});

test("applies the last of many lists, whatever came between", async () => {
	const { first, second, applied, finder, stop } = setUp();
	const started = finder.start(stop.signal);
	first.deliver([]);
	second.deliver([]);
	await started;
	for (let i = 0; i < 100; i++) first.deliver(i % 2 === 0 ? [NAMED] : []);
	first.deliver([NAMED, DNS]);
	await expect.poll(() => applied.at(-1)).toEqual([NAMED, DNS]);
	expect(applied.length).toBeLessThan(4);
	await finder.stop();
});

test("keeps what a source has said until the one in its place has spoken, and forgets one that is left", async () => {
	const { first, second, applied, finder, stop } = setUp();
	const started = finder.start(stop.signal);
	first.deliver([NAMED]);
	second.deliver([WEB, DNS]);
	await started;
	const again = source("kubernetes");
	const used = finder.use([again.discovery, second.discovery], stop.signal);
	await new Promise(setImmediate);
	second.deliver([DNS]);
	await expect.poll(() => applied.at(-1)).toEqual([NAMED, DNS]);
	again.deliver([WEB]);
	await used;
	expect(applied.at(-1)).toEqual([WEB, DNS]);
	await finder.use([second.discovery], stop.signal);
	expect(applied.at(-1)).toEqual([DNS]);
	await finder.stop();
});
