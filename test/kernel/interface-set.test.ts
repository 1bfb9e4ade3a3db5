import { chown } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { InterfaceSet } from "../../src/bpf/interfaces.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { listPins, makePinDirectory, removePinDirectory } from "../../src/bpf/pins.ts";
import type { AttachKind } from "../../src/bpf/target.ts";
import { programsOn } from "../e2e/operation/programs-on.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { DEVICE, withWire } from "./wire.ts";

const OTHER = "other0";
const NOBODY = 65534;
const KINDS = ["tcx", "clsact"] as const;

describeInKernel("a set of interfaces with pins", () => {
	const newDirectory = withBpffs();
	const wire = withWire("set");
	let pins: string;
	let object: BpfObject;
	beforeAll(() => {
		object = new BpfObject();
	});
	beforeEach(async () => {
		pins = newDirectory();
		await wire.ip(`link add ${OTHER} type veth peer name other1`);
	});
	afterEach(async () => {
		await wire.ip(`link delete ${OTHER}`);
		await wire.makePair();
	});
	afterAll(() => object.close());

	function start(kind: AttachKind, ...names: string[]): InterfaceSet {
		const wanted = names.map((name) => ({ name, netns: `/run/netns/${wire.netns}` }));
		return new InterfaceSet(object, wanted, { kind, pins });
	}

	async function programs(): Promise<number[]> {
		const found = await Promise.all([DEVICE, OTHER].map((device) => programsOn(wire.netns, device)));
		return found.map(({ length }) => length);
	}

	test.each(KINDS)("leaves its programs for the next, which takes them off: %s", async (kind) => {
		const first = start(kind, DEVICE, OTHER);
		expect(first.sync().map(({ what }) => what)).toEqual(["attached", "attached"]);
		const attached = await programs();
		first.release();
		expect(await programs()).toEqual(attached);
		const next = start(kind, DEVICE, OTHER);
		expect(next.sync().map(({ what }) => what)).toEqual(["attached", "attached"]);
		expect(await programs()).toEqual(attached);
		expect(next.sync()).toEqual([]);
		next.close();
		expect(await programs()).toEqual([0, 0]);
		expect(listPins(pins)).toEqual([]);
	});

	test.each(KINDS)("takes them off an interface that is wanted no more: %s", async (kind) => {
		const first = start(kind, DEVICE, OTHER);
		first.sync();
		first.release();
		const next = start(kind, DEVICE);
		const changes = next.sync();
		expect(changes[0]).toMatchObject({ what: "attached" });
		expect(changes.slice(1).map(({ what, detail }) => `${what}: ${detail}`)).toEqual(
			listPins(pins).map(() => "removed: it was left by an earlier run, and is wanted no more"),
		);
		expect((await programs())[1]).toBe(0);
		next.close();
		expect(await programs()).toEqual([0, 0]);
	});

	test("forgets what it left on interfaces that are gone", async () => {
		const first = start("tcx", DEVICE);
		first.sync();
		first.release();
		await wire.makePair();
		const next = start("tcx", OTHER);
		next.sync();
		expect(listPins(pins)).toHaveLength(2);
		next.close();
	});

	test("unpins an interface that vanishes while it runs", async () => {
		const set = start("tcx", DEVICE);
		set.sync();
		await wire.makePair();
		expect(set.sync().map(({ what }) => what)).toEqual(["gone", "attached"]);
		expect(listPins(pins)).toHaveLength(2);
		set.close();
	});

	test.each(KINDS)("goes on when somebody removes the pins, and makes new ones: %s", async (kind) => {
		const set = start(kind, DEVICE, OTHER);
		set.sync();
		const attached = await programs();
		removePinDirectory(pins);
		expect(set.sync()).toEqual([]);
		expect(await programs()).toEqual(attached);
		await wire.makePair();
		expect(set.sync().map(({ what }) => what)).toEqual(["gone", "attached"]);
		expect(listPins(pins).length).toBeGreaterThan(0);
		set.close();
		expect(await programs()).toEqual([0, 0]);
		expect(listPins(pins)).toEqual([]);
	});

	test("attaches nothing by pins of another user", async () => {
		makePinDirectory(pins);
		await chown(pins, NOBODY, NOBODY);
		expect(() => start("tcx", DEVICE).sync()).toThrow(`Cannot keep pins: ${pins} belongs to user ${NOBODY}`);
		expect(await programs()).toEqual([0, 0]);
	});
});
