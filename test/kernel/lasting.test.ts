/** Sets of maps that outlive the process: taken up again, and carried over when limits have changed. */
import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { indexKey, update } from "../../src/bpf/map.ts";
import { pinMaps } from "../../src/bpf/pinned-maps.ts";
import { unpin } from "../../src/bpf/pins.ts";
import type { Service } from "../../src/model/service.ts";
import { stepsOf } from "../../src/sources/carry-steps.ts";
import { runStep } from "../../src/sources/inbox.ts";
import type { LastingDataPath } from "../../src/sources/lasting-data-path.ts";
import { bindLayouts } from "../../src/sources/layouts.ts";
import { listSets, openSet } from "../../src/sources/map-sets.ts";
import { ownMapsOf } from "../../src/sources/shared-flows.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { SERVICES } from "./cast.ts";
import { clearFlows } from "./clear-maps.ts";
import { bookedPage, LIMITS, type Limits, open, pageOf, send } from "./lasting-set.ts";
import { rowsOfPairs } from "./pair-rows.ts";

/** As openLastingDataPath() has them. */
function formersOf({ object }: LastingDataPath, directory: string) {
	const sets = listSets(directory).slice(0, -1);
	return ownMapsOf(
		sets.flatMap((name) => openSet(name) ?? []),
		object,
	);
}

describeInKernel("a set of maps", () => {
	const root = withBpffs();

	test("is found again: what was counted, and what is counted while nobody is there", async () => {
		const directory = root();
		const first = await open(directory);
		for (let i = 0; i < 5; i++) send(first, i, "S");
		send(first, 1);
		first.close();
		const second = await open(directory);
		await second.carryOver();
		send(second, 1);
		const page = await bookedPage(second);
		expect(page.services[0]).toMatchObject({ packets: 7, bytes: 700, requests: 5 });
		expect(page.pairs).toHaveLength(5);
		expect(listSets(directory)).toHaveLength(1);
		second.close();
	});

	test("keeps the slot of a service that goes and comes back", async () => {
		const directory = root();
		const first = await open(directory);
		send(first, 1, "S");
		first.close();
		const other: Service = { label: "new", vip: "10.99.0.9", port: 1, protocol: "tcp", endpoints: [] };
		const second = await open(directory, {}, [other]);
		send(second, 2, "S");
		const labels = (await pageOf(second, [other])).services.map(({ label }) => label);
		expect(labels).toEqual([...SERVICES.map(({ label }) => label), "new"]);
		second.close();
		const third = await open(directory);
		send(third, 3, "S");
		expect((await bookedPage(third)).services[0]).toMatchObject({ packets: 2, requests: 2 });
		third.close();
	});

	test("remembers what found no room, so that its next try is no second request", async () => {
		const directory = root();
		const first = await open(directory, { flows: 16 });
		for (let i = 0; i < 20; i++) send(first, i, "S");
		first.close();
		const second = await open(directory, { flows: 16 });
		// Makes room.
		await clearFlows(second.object);
		send(second, 19, "S");
		expect((await pageOf(second)).services[0]).toMatchObject({ packets: 21, requests: 20 });
		second.close();
	});

	test("that was being made when its maker was killed is removed", async () => {
		const directory = root();
		const first = await open(directory);
		pinMaps(`${directory}/0123456789abcdef_7_new`, [first.object.map("flows")]);
		first.close();
		(await open(directory)).close();
		expect(readdirSync(directory)).toHaveLength(1);
	});

	test("is refused when it has no slot for a new service, with what to do", async () => {
		const directory = root();
		(await open(directory, { services: 6 })).close();
		const other: Service = { label: "new", vip: "10.99.0.9", port: 1, protocol: "tcp", endpoints: [] };
		await expect(open(directory, { services: 6 }, [other])).rejects.toThrow(
			'Cannot give a row of map slots to new: 6 are taken, of which 6 from earlier runs, expected fewer names, a higher limit where there is one, or "lbscope cleanup"',
		);
	});
});

/** Packets that are retired then, of 17 pairs with one each and three that were gone before. */
const CHANGES: readonly { what: string; limits: Partial<Limits>; retired: number }[] = [
	{ what: "more pairs", limits: { pairs: 128 }, retired: 3 },
	{ what: "far fewer pairs", limits: { pairs: 2 }, retired: 18 },
	{ what: "other flows and services", limits: { flows: 2048, services: 32 }, retired: 3 },
	{ what: "far fewer flows", limits: { flows: 16 }, retired: 3 },
	{
		what: "folded clients, which need no other maps",
		limits: { clientPrefix: { ipv4: 16, ipv6: 56 } },
		retired: 3,
	},
];

describeInKernel("changed limits", () => {
	const root = withBpffs();

	async function filled(directory: string): Promise<LastingDataPath> {
		const path = await open(directory);
		for (let i = 0; i < 20; i++) send(path, i, "S");
		await bookedPage(path);
		const { source } = await pageOf(path);
		const rows = await rowsOfPairs(path.object, bindLayouts(path.object.structs));
		await source.release(rows.subarray(0, 3), "idle");
		await source.read();
		// Waits in the flows.
		for (let i = 0; i < 20; i++) send(path, i);
		return path;
	}

	test.each(CHANGES)("carry every count over: $what", async ({ limits, retired: expected }) => {
		const directory = root();
		(await filled(directory)).close();
		const path = await open(directory, limits);
		await path.carryOver();
		send(path, 7);
		const { services, sums } = await bookedPage(path);
		expect(services[0]).toMatchObject({ packets: 41, bytes: 4100, requests: 20 });
		const { live, retired } = sums.slots[0] ?? {};
		expect((live?.packets ?? 0) + (retired?.pair.packets ?? 0)).toBe(41);
		expect(retired?.pair.packets).toBe(expected);
		expect(listSets(directory)).toHaveLength(1);
		path.close();
	});

	test("bring flows up to date that went on while they were copied", async () => {
		const directory = root();
		const former = await open(directory);
		send(former, 1, "S");
		send(former, 1, "A");
		const path = await open(directory, { flows: 2048 });
		await new Promise((resolve) => setTimeout(resolve, 20));
		send(former, 1, "R");
		await path.carryOver();
		expect((await pageOf(path)).flows).toEqual({ active: { tcp: 0, udp: 0, sctp: 0 }, inactive: 1 });
		former.close();
		path.close();
	});

	test("survive an end in the middle, at any step", async () => {
		const directory = root();
		(await filled(directory)).close();
		let taken = 0;
		for (let isDone = false; !isDone; ) {
			const path = await open(directory, { pairs: 128 });
			const old = formersOf(path, directory);
			const { structs } = path.object;
			const layouts = bindLayouts(structs);
			let number = 0;
			isDone = true;
			for await (const { program, rows } of stepsOf(old, {
				structs,
				layouts,
				clientPrefix: LIMITS.clientPrefix,
			})) {
				await runStep(path.object, program, rows, layouts, ++number);
				if (number <= taken) continue;
				taken = number;
				isDone = false;
				break;
			}
			for (const set of old) set.close();
			path.close();
		}
		expect(taken).toBeGreaterThan(3);
		const path = await open(directory, { pairs: 128 });
		await path.carryOver();
		const { services, sums } = await bookedPage(path);
		expect(services[0]).toMatchObject({ packets: 40, bytes: 4000, requests: 20 });
		const { live, retired } = sums.slots[0] ?? {};
		expect((live?.packets ?? 0) + (retired?.pair.packets ?? 0)).toBe(40);
		path.close();
	});

	test("survive another change in the middle", async () => {
		const directory = root();
		(await filled(directory)).close();
		const half = await open(directory, { pairs: 128 });
		const old = formersOf(half, directory);
		const { structs } = half.object;
		const layouts = bindLayouts(structs);
		for await (const { program, rows } of stepsOf(old, {
			structs,
			layouts,
			clientPrefix: LIMITS.clientPrefix,
		})) {
			await runStep(half.object, program, rows, layouts, 1);
			break;
		}
		for (const set of old) set.close();
		send(half, 1);
		half.close();
		const path = await open(directory, { pairs: 256 });
		expect(listSets(directory)).toHaveLength(3);
		await path.carryOver();
		const { services, sums } = await bookedPage(path);
		expect(services[0]).toMatchObject({ packets: 41, bytes: 4100, requests: 20 });
		const { live, retired } = sums.slots[0] ?? {};
		expect((live?.packets ?? 0) + (retired?.pair.packets ?? 0)).toBe(41);
		expect(listSets(directory)).toHaveLength(1);
		expect(existsSync(directory)).toBe(true);
		path.close();
	});
});

describeInKernel("sets that another version made", () => {
	const root = withBpffs();

	test("with fewer maps are carried over as far as they go", async () => {
		const directory = root();
		const first = await open(directory);
		for (let i = 0; i < 5; i++) send(first, i, "S");
		await bookedPage(first);
		first.close();
		const [set] = listSets(directory);
		for (const map of ["evictions", "others", "macs"]) unpin(`${set?.directory}/${map}`);
		const second = await open(directory, { pairs: 128 });
		await second.carryOver();
		expect(second.forgotten).toEqual([]);
		expect((await bookedPage(second)).services[0]).toMatchObject({ packets: 5, requests: 5 });
		second.close();
	});

	test("that cannot be read are forgotten, with the reason", async () => {
		const directory = root();
		const first = await open(directory);
		send(first, 1, "S");
		update(first.object.map("about"), indexKey(0), Buffer.alloc(first.object.map("about").valueSize, 120));
		first.close();
		const second = await open(directory);
		expect(second.forgotten).toEqual([expect.stringMatching(/^Cannot read the maps in .*_1: /)]);
		expect((await pageOf(second)).services[0]).toMatchObject({ packets: 0 });
		expect(listSets(directory)).toHaveLength(1);
		second.close();
	});
});
