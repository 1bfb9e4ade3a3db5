import { expect, test } from "vitest";
import { createServiceFinder, type ServiceFinder } from "../../src/commands/find-services.ts";
import type { FormerServices } from "../../src/commands/former-services.ts";
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
	const formerWith = (list?: readonly Discovered[]): FormerServices => ({
		load: async () => new Map(list ? [["kubernetes", list]] : []),
		save: async (lists) => void saved.push(Object.fromEntries(lists)),
	});
	const finder = createServiceFinder({
		sources: [first.discovery, second.discovery],
		former: formerWith(before),
		apply: async (services) => void applied.push(services),
		metrics: { discovery: () => ({ delivered: () => {}, failed: () => {}, left: () => {}, kept: () => {} }) },
		log: createLog("info", (line) => void lines.push(line.replace(/^.*event=/, "").trim())),
	});
	return { first, second, applied, saved, lines, finder, formerWith, stop: new AbortController() };
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

test("keeps what a source has said until the one in its place has spoken, and forgets one that is left", async () => {
	const { first, second, applied, finder, formerWith, stop } = setUp();
	const started = await begin(finder, stop);
	first.deliver([NAMED]);
	second.deliver([WEB, DNS]);
	await started.done;
	const again = source("kubernetes");
	const used = finder.use([again.discovery, second.discovery], formerWith(), stop.signal);
	await new Promise(setImmediate);
	second.deliver([DNS]);
	await expect.poll(() => applied.at(-1)).toEqual([NAMED, DNS]);
	again.deliver([WEB]);
	await used;
	expect(applied.at(-1)).toEqual([WEB, DNS]);
	await finder.use([second.discovery], formerWith(), stop.signal);
	expect(applied.at(-1)).toEqual([DNS]);
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

test("of a source that is asked in another way, the next run gets what it answers, not what the former one said", async () => {
	const { first, second, applied, saved, finder, formerWith, stop } = setUp();
	const started = await begin(finder, stop);
	first.deliver([NAMED]);
	second.deliver([]);
	await started.done;
	const again = source("kubernetes");
	const used = finder.use([again.discovery, second.discovery], formerWith([DNS]), stop.signal);
	await new Promise(setImmediate);
	again.failed("Cannot list services: no answer");
	await used;
	expect(applied.at(-1)).toEqual([NAMED]);
	second.deliver([WEB]);
	await finder.stop();
	expect(saved.at(-1)).toEqual({ ipvs: [WEB] });
});

test("a source that comes later begins with what the run before knew of it", async () => {
	const { first, second, applied, lines, finder, formerWith, stop } = setUp();
	const started = await begin(finder, stop);
	first.deliver([]);
	second.deliver([DNS]);
	await started.done;
	await finder.use([second.discovery], formerWith(), stop.signal);
	const again = source("kubernetes");
	const used = finder.use([again.discovery, second.discovery], formerWith([NAMED]), stop.signal);
	await new Promise(setImmediate);
	again.failed("Cannot list services: no answer");
	await used;
	expect(applied.at(-1)).toEqual([NAMED, DNS]);
	expect(lines).toContain('"services of the run before are kept" source=kubernetes services=1');
	await finder.stop();
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
