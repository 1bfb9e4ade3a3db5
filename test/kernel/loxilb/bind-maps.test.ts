import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { indexKey, lookup, update } from "../../../src/bpf/map.ts";
import { listMaps } from "../../../src/bpf/maps-by-id.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { openPinToRead, removePinDirectory } from "../../../src/bpf/pins.ts";
import { createLoxilbMaps } from "../../../src/sources/loxilb/bind-maps.ts";
import { bindLayouts, MAP_NAMES } from "../../../src/sources/loxilb/layouts.ts";
import { loadSource } from "../../compile-bpf.ts";
import { describeInKernel } from "../as-root.ts";
import { withBpffs } from "../bpffs.ts";
import { CT_VALUES, type CtValue, loadMaps, pinMaps } from "./fixture.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

describeInKernel("maps of LoxiLB", () => {
	const givenDirectory = withBpffs();
	const directories: string[] = [];
	const objects: BpfObject[] = [];
	const standIns: StandIn[] = [];
	afterEach(async () => {
		for (const object of objects.splice(0)) object.close();
		for (const standIn of standIns.splice(0)) await standIn.stop();
		for (const directory of directories.splice(0)) removePinDirectory(directory);
	});

	function newDirectory(): string {
		const directory = givenDirectory();
		directories.push(directory);
		return directory;
	}

	async function load(ctValue: CtValue): Promise<BpfObject> {
		const object = await loadMaps(ctValue);
		objects.push(object);
		return object;
	}

	async function pinned(ctValue: CtValue, directory = newDirectory()): Promise<string> {
		pinMaps(await load(ctValue), directory);
		return directory;
	}

	async function started(): Promise<StandIn> {
		const standIn = await startStandIn();
		standIns.push(standIn);
		return standIn;
	}

	/** The kernel frees what a test before has unpinned, or ended with its process, in its own time. */
	async function untilNone(): Promise<void> {
		while (listMaps().some(({ name }) => name === "ct_map")) await sleep(10);
	}

	async function untilGone(id: number): Promise<void> {
		while (listMaps().some((map) => map.id === id)) await sleep(10);
	}

	test.each(CT_VALUES)("fields of a release with flows of %i bytes are found by its BTF", async (ctValue) => {
		const { maps, close } = createLoxilbMaps(MAP_NAMES, await pinned(ctValue)).open();
		const { flowKey, flow, service, serviceKey } = bindLayouts(maps);
		close();
		const isNew = ctValue === 280;
		expect(flowKey).toEqual({
			size: ctValue === 264 ? 40 : 48,
			...{ daddr: 0, saddr: 16, sport: 32, dport: 34, l4proto: 38, v6: 39 },
		});
		expect(flow).toEqual({
			size: ctValue,
			...{ "ca.cidx": 4, "ctd.rid": 24, "ctd.dir": 132 },
			...{ "ctd.pi.t.state": 32, "ctd.pi.u.state": 32, "ctd.pi.s.state": 32 },
			...{ "ctd.xi.nat_flags": 140, "ctd.xi.nv6": 143, "ctd.xi.nat_xip": 148 },
			...{ "ctd.pb.bytes": isNew ? 192 : 184, "ctd.pb.packets": isNew ? 200 : 192 },
		});
		expect(serviceKey).toMatchObject({ dport: 16, l4proto: { 264: 22, 272: 24, 280: 24 }[ctValue] });
		expect(service["nxfrms[1].nat_flags"] - service["nxfrms[0].nat_flags"]).toBe(isNew ? 48 : 44);
		expect(service["nxfrms[0].nat_xport"] - service["nxfrms[0].nat_flags"]).toBe(isNew ? 40 : 6);
	});

	test("maps are the same at each poll until LoxiLB makes others, and none is held between two", async () => {
		const directory = await pinned(264);
		const loxilb = createLoxilbMaps(["ct_map", "ct_ctr"], directory);
		const [first, second] = [loxilb.open(), loxilb.open()];
		expect(second.generation).toBe(first.generation);
		expect(second.maps.ct_map).toBe(first.maps.ct_map);
		first.close();
		second.close();
		const before = first.maps.ct_map;
		await pinned(280, directory);
		const third = loxilb.open();
		expect(third.generation).not.toBe(first.generation);
		expect([before.valueSize, third.maps.ct_map.valueSize]).toEqual([264, 280]);
		third.close();
		objects[0]?.close();
		await untilGone(before.id);
	});

	test("are found in the file system of the process, and again when it is another", async () => {
		const first = await started();
		await pinned(272, first.pins);
		const loxilb = createLoxilbMaps(["ct_map"], undefined);
		const opened = loxilb.open();
		expect(opened.maps.ct_map.valueSize).toBe(272);
		opened.close();
		await first.stop();
		const second = await started();
		await pinned(280, second.pins);
		const again = loxilb.open();
		expect(again.maps.ct_map.valueSize).toBe(280);
		again.close();
	});

	test("of two processes none is chosen", async () => {
		const pids = [(await started()).pid, (await started()).pid].sort((a, b) => a - b);
		expect(() => createLoxilbMaps(["ct_map"], undefined).open()).toThrow(
			`Cannot find the maps of LoxiLB: there are 2 processes loxilb (${pids.join(", ")}), ` +
				"expected one, or loxilb.pins to say which",
		);
	});

	test("without a process they are found by id, and again when they are others", async () => {
		await untilNone();
		const before = await load(264);
		const loxilb = createLoxilbMaps(["ct_map", "nat_map"], undefined);
		const first = loxilb.open();
		expect(first.maps.ct_map.valueSize).toBe(264);
		first.close();
		before.close();
		await untilNone();
		expect(() => loxilb.open()).toThrow("and no map ct_map in the kernel, expected LoxiLB on this node");
		await load(272);
		const second = loxilb.open();
		expect(second.maps.ct_map.valueSize).toBe(272);
		second.close();
		await load(280);
		expect(() => createLoxilbMaps(["ct_map"], undefined).open()).toThrow(
			"Cannot find the maps of LoxiLB: the kernel has 2 maps ct_map",
		);
	});

	test("a map that is not there is named, with where it was looked for", async () => {
		const directory = newDirectory();
		expect(() => createLoxilbMaps(["ct_map"], directory).open()).toThrow(
			`Cannot open map ct_map of LoxiLB: it is not in ${directory}, expected LoxiLB to run`,
		);
	});

	test("a map without BTF is refused", async () => {
		const object = await loadSource(new URL("no-btf.bpf.c", import.meta.url));
		objects.push(object);
		const directory = newDirectory();
		pinMaps(object, directory);
		expect(() => createLoxilbMaps(["ct_map"], directory).open()).toThrow(
			"Cannot read map ct_map: it has no BTF, expected a map whose program was built with it",
		);
	});

	test("can be read, not written", async () => {
		const directory = await pinned(280);
		expect(existsSync(join(directory, "ct_ctr"))).toBe(true);
		const fd = openPinToRead(join(directory, "ct_ctr"));
		if (fd === undefined) throw new Error("there is no pin");
		const map = { ...(objects[0] as BpfObject).map("ct_ctr"), fd };
		expect(lookup(map, indexKey(0))).toEqual(Buffer.alloc(map.valueSize));
		expect(() => update(map, indexKey(0), Buffer.alloc(map.valueSize))).toThrow("EPERM");
		closeSync(fd);
	});
});
