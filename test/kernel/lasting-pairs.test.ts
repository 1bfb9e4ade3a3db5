/** Pairs that outlive the process, in whatever state it ended. */
import { beforeAll, expect, test } from "vitest";
import { runOnPacket } from "../../src/bpf/test-run.ts";
import type { LastingDataPath } from "../../src/sources/lasting-data-path.ts";
import { bindLayouts } from "../../src/sources/layouts.ts";
import { listSets } from "../../src/sources/map-sets.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { SERVICE_PORT, VIP } from "./cast.ts";
import { makeFormer } from "./former-pairs.ts";
import { CAME_IN_BY } from "./forward.ts";
import { open, pageOf } from "./lasting-set.ts";
import { stayOnThisCpu } from "./one-cpu.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, packet } from "./packets/packet.ts";
import { tcp } from "./packets/transport.ts";
import { roomOf, rowsOfPairs } from "./pair-rows.ts";
import { createContextEncoder } from "./skb-context.ts";

const ENDPOINT = "10.20.1.2";

/** 100 bytes from each client through the load balancer to the endpoint, which the next walk books to a pair. */
function sendOn({ object }: LastingDataPath, clients: readonly string[]): void {
	const context = createContextEncoder(object.structs)({ ingress_ifindex: CAME_IN_BY });
	for (const from of clients) {
		const layers = (to: number) => [tcp({ from: 1000, to, flags: "A" }), bytes(60)];
		const before = packet(ethernet(), ip({ from, to: VIP.IPv4 }), ...layers(SERVICE_PORT));
		const after = packet(ethernet(), ip({ from, to: ENDPOINT }), ...layers(8080));
		runOnPacket(object.program("ingress_ethernet"), before);
		runOnPacket(object.program("egress_ethernet"), after, { context });
	}
}

async function release(path: LastingDataPath, page: Awaited<ReturnType<typeof pageOf>>, client: string) {
	const rows = await rowsOfPairs(
		path.object,
		bindLayouts(path.object.structs),
		(pair) => pair.client === client,
	);
	expect(rows).toHaveLength(1);
	await page.source.release(rows, "idle");
}

const [A, B, C, D] = ["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4"] as const;

/** `10.1.0.1: 1` for each series; packets that retired pairs had. */
function saidBy({ pairs, sums }: Awaited<ReturnType<typeof pageOf>>) {
	return {
		pairs: pairs.map(({ client, packets }) => `${client}: ${packets}`).sort(),
		retired: sums.slots[0]?.retired.pair.packets,
	};
}

/** A is marked, and a packet of it is in others; the row of B is free, that of C will be; D is there. */
async function inEveryState(root: string): Promise<void> {
	const path = await open(root);
	const page = await pageOf(path);
	// One after the other, for the walk takes flows in any order.
	for (const client of [A, B, C, D]) {
		sendOn(path, [client]);
		await page.source.read();
	}
	// By somebody who ends before the next poll.
	await release(path, await pageOf(path), A);
	sendOn(path, [A]);
	for (const client of [B, C]) {
		await release(path, page, client);
		await page.source.read();
	}
	expect(await roomOf(path.object)).toEqual({ held: [0, 3], free: [1], left: [2], used: 4 });
	path.close();
}

const EVERY_STATE = { pairs: [`${A}: 1`, `${D}: 1`, "other: 1"], retired: 2 };

describeInKernel("pairs of an exporter that has ended", () => {
	const root = withBpffs();
	beforeAll(stayOnThisCpu);

	test("are found again, with rows that are free and rows that will be", async () => {
		const directory = root();
		await inEveryState(directory);
		const path = await open(directory);
		expect(await roomOf(path.object)).toEqual({ held: [0, 3], free: [1], left: [2], used: 4 });
		expect(saidBy(await pageOf(path))).toEqual(EVERY_STATE);
		expect(await roomOf(path.object)).toEqual({ held: [0, 3], free: [2, 1], left: [], used: 4 });
		path.close();
	});

	test("go after all when they were to go, and others have the rows of those that went", async () => {
		const directory = root();
		await inEveryState(directory);
		const path = await open(directory);
		const page = await pageOf(path);
		const { leaving } = page.source.table.ruled;
		expect([...leaving]).toEqual([0]);
		await page.source.release(leaving, "idle");
		sendOn(path, [B, C]);
		await page.source.read();
		expect(await roomOf(path.object)).toMatchObject({ free: [], left: [0], used: 4 });
		expect(saidBy(await pageOf(path))).toEqual({
			pairs: [`${B}: 1`, `${C}: 1`, `${D}: 1`, "other: 1"],
			retired: 3,
		});
		path.close();
	});

	test("are carried over to other limits", async () => {
		const directory = root();
		await inEveryState(directory);
		const path = await open(directory, { pairs: 128 });
		await path.carryOver();
		expect(saidBy(await pageOf(path))).toEqual(EVERY_STATE);
		expect(await roomOf(path.object)).toEqual({ held: [0, 1], free: [], left: [], used: 2 });
		path.close();
	});

	test("are retired when other limits have no room for them", async () => {
		const directory = root();
		await inEveryState(directory);
		const path = await open(directory, { pairs: 1 });
		await path.carryOver();
		const { pairs, retired } = saidBy(await pageOf(path));
		expect(pairs).toEqual([`${A}: 1`, "other: 1"]);
		expect(retired).toBe(3);
		path.close();
	});

	test("are carried over from a version that kept their traffic in the hash table", async () => {
		const directory = root();
		await inEveryState(directory);
		for (const set of listSets(directory)) await makeFormer(set);
		const path = await open(directory);
		expect(path.forgotten).toEqual([]);
		await path.carryOver();
		expect(saidBy(await pageOf(path))).toEqual(EVERY_STATE);
		expect(listSets(directory)).toHaveLength(1);
		path.close();
	});
});
