/** Other programs on other interfaces, while they are attached. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { AttachOptions } from "../../src/bpf/attachment.ts";
import { InterfaceSet } from "../../src/bpf/interfaces.ts";
import { readLinks } from "../../src/bpf/netlink.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { listPins } from "../../src/bpf/pins.ts";
import { readFilters } from "../../src/bpf/tc-filters.ts";
import { readTcxPrograms } from "../../src/bpf/tcx-programs.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { DEVICE, withWire } from "./wire.ts";

const OTHER = "other0";

describeInKernel("interfaces in use", () => {
	const newDirectory = withBpffs();
	const wire = withWire("use");
	const objects: BpfObject[] = [];
	const [first, second] = [() => objects[0] as BpfObject, () => objects[1] as BpfObject];
	beforeAll(() => void objects.push(new BpfObject(), new BpfObject()));
	beforeEach(() => wire.ip(`link add ${OTHER} type veth peer name other1`));
	afterEach(() => wire.ip(`link delete ${OTHER}`));
	afterAll(() => {
		for (const object of objects) object.close();
	});

	const wanted = (...names: string[]) => names.map((name) => ({ name, netns: `/run/netns/${wire.netns}` }));

	function start(options: AttachOptions, ...names: string[]): InterfaceSet {
		const set = new InterfaceSet(first(), wanted(...names), options);
		set.sync();
		return set;
	}

	/** Ids of the programs on both directions. */
	function programs(device: string): (number | undefined)[] {
		const netns = `/run/netns/${wire.netns}`;
		const index = readLinks(netns).find(({ name }) => name === device)?.index ?? 0;
		const target = { name: device, index, netns };
		return (["ingress", "egress"] as const).flatMap((direction) => [
			...readTcxPrograms(target, direction),
			...readFilters(target, direction).flatMap(({ programId }) => programId ?? []),
		]);
	}

	const KINDS: (() => AttachOptions)[] = [
		() => ({ kind: "tcx" }),
		() => ({ kind: "tcx", pins: newDirectory() }),
		() => ({ kind: "clsact" }),
		() => ({ kind: "clsact", pins: newDirectory() }),
	];

	test.each(KINDS)("get other programs, come and go: %#", (optionsOf) => {
		const options = optionsOf();
		const set = start(options, DEVICE);
		const before = programs(DEVICE);
		const whatOf = (changes: ReturnType<InterfaceSet["use"]>) => changes.map(({ what }) => what);
		expect(whatOf(set.use(second(), wanted(DEVICE, OTHER)))).toEqual(["attached"]);
		expect(programs(DEVICE)).toEqual(programs(OTHER));
		expect(programs(DEVICE)).not.toEqual(before);
		expect(set.sync()).toEqual([]);
		expect(whatOf(set.use(first(), wanted(OTHER)))).toEqual(["left"]);
		expect([programs(DEVICE), programs(OTHER)]).toEqual([[], before]);
		expect(set.states().map(({ attached }) => attached)).toEqual([true]);
		set.close();
		expect(programs(OTHER)).toEqual([]);
		expect(options.pins === undefined ? [] : listPins(options.pins)).toEqual([]);
	});

	test("stay as they are when one that comes cannot be attached", () => {
		const others = start({ kind: "clsact" }, OTHER);
		const set = start({ kind: "clsact", replace: false }, DEVICE);
		const before = [programs(DEVICE), programs(OTHER)];
		expect(() => set.use(second(), wanted(DEVICE, OTHER))).toThrow("an lbscope filter");
		expect([programs(DEVICE), programs(OTHER)]).toEqual(before);
		expect(set.states()).toHaveLength(1);
		expect(set.sync()).toEqual([]);
		others.close();
		set.close();
	});

	test("get other programs while they are attached in turns: no former one comes after these", async () => {
		const set = new InterfaceSet(first(), wanted(DEVICE, OTHER), { kind: "tcx" });
		const turns = set.syncInTurns();
		await set.endTurns();
		set.use(second(), wanted(DEVICE, OTHER));
		const expected = programs(DEVICE);
		expect((await turns).length).toBeLessThan(2);
		expect(expected).toHaveLength(2);
		expect([programs(DEVICE), programs(OTHER)]).toEqual([expected, expected]);
		expect(await set.syncInTurns()).toEqual([]);
		set.close();
	});

	test("may be missing: they are attached when they come", async () => {
		const set = start({ kind: "tcx" }, DEVICE);
		expect(set.use(second(), wanted(DEVICE, "late0"))).toEqual([]);
		await wire.ip("link add late0 type veth peer name late1");
		expect(set.sync().map(({ what }) => what)).toEqual(["attached"]);
		expect(programs("late0")).toEqual(programs(DEVICE));
		set.close();
		await wire.ip("link delete late0");
	});
});
