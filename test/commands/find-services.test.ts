import { expect, test } from "vitest";
import { createServiceFinder, type ServiceFinder } from "../../src/commands/find-services.ts";
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

/** `before`: what the run before knew of kubernetes. */
function setUp(before?: readonly Discovered[]) {
	const [first, second] = [source("kubernetes"), source("ipvs")];
	const applied: (readonly Discovered[])[] = [];
	const lines: string[] = [];
	const saved: Record<string, readonly Discovered[]>[] = [];
	const finder = createServiceFinder({
		sources: [first.discovery, second.discovery],
		former: {
			load: async () => new Map(before ? [["kubernetes", before]] : []),
			save: async (lists) => void saved.push(Object.fromEntries(lists)),
		},
		apply: async (services) => void applied.push(services),
		metrics: { discovery: () => ({ delivered: () => {}, failed: () => {}, kept: () => {} }) },
		log: createLog("info", (line) => void lines.push(line.replace(/^.*event=/, "").trim())),
	});
	return { first, second, applied, saved, lines, finder, stop: new AbortController() };
}

test("waits for the first word of every source, and applies all at once", async () => {
	const { first, second, applied, lines, finder, stop } = setUp();
	const started = await begin(finder, stop);
	second.deliver([WEB, DNS]);
	first.deliver([NAMED]);
	await started.done;
	expect(applied).toEqual([[NAMED, DNS]]);
	expect(lines).toEqual([
		'"services found" source=ipvs services=2',
		'"services found" source=kubernetes services=1',
	]);
	await finder.stop();
});

test("does not wait for a source that fails, and says so once", async () => {
	const { first, second, applied, lines, finder, stop } = setUp();
	const started = await begin(finder, stop);
	second.deliver([WEB]);
	for (const _ of [1, 2, 3]) first.failed("Cannot list services: no answer");
	await started.done;
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
	const started = await begin(finder, stop);
	stop.abort();
	await started.done;
	await finder.stop();
});

test("applies the last of many lists, whatever came between", async () => {
	const { first, second, applied, finder, stop } = setUp();
	const started = await begin(finder, stop);
	first.deliver([]);
	second.deliver([]);
	await started.done;
	for (let i = 0; i < 100; i++) first.deliver(i % 2 === 0 ? [NAMED] : []);
	first.deliver([NAMED, DNS]);
	await expect.poll(() => applied.at(-1)).toEqual([NAMED, DNS]);
	expect(applied.length).toBeLessThan(4);
	await finder.stop();
});

test("what the run before knew is applied until the source speaks, and kept for the next one", async () => {
	const { first, second, applied, saved, lines, finder, stop } = setUp([NAMED]);
	const started = await begin(finder, stop);
	second.deliver([DNS]);
	first.failed("Cannot list services: no answer");
	await started.done;
	expect(applied).toEqual([[NAMED, DNS]]);
	await expect.poll(() => saved).toEqual([{ kubernetes: [NAMED], ipvs: [DNS] }]);
	expect(lines).toContain('"services of the run before are kept" source=kubernetes services=1');
	first.deliver([]);
	await expect.poll(() => applied.at(-1)).toEqual([DNS]);
	await finder.stop();
	expect(saved.at(-1)).toEqual({ kubernetes: [], ipvs: [DNS] });
});

test("nothing is kept of a run in which no source has spoken: what was kept before stays", async () => {
	const { saved, finder, stop } = setUp([NAMED]);
	const started = await begin(finder, stop);
	stop.abort();
	await started.done;
	await finder.stop();
	expect(saved).toEqual([]);
});

/** Resolves when the sources are asked. */
async function begin(
	finder: ServiceFinder,
	stop: AbortController,
): Promise<{ readonly done: Promise<void> }> {
	const done = finder.start(stop.signal);
	await new Promise((resolve) => setImmediate(resolve));
	return { done };
}
