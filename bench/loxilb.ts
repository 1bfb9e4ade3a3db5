/** Reading LoxiLB's maps when its table of connections is full, against the same system calls from C. */
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/lab/run.ts";
import { readAll, removeBatch, updateBatch } from "../src/bpf/map.ts";
import type { BpfObject } from "../src/bpf/object.ts";
import { createLoxilbMaps } from "../src/sources/loxilb/bind-maps.ts";
import { bindLayouts, MAP_NAMES } from "../src/sources/loxilb/layouts.ts";
import { createLoxilbSource } from "../src/sources/loxilb/loxilb-source.ts";
import { loadSource } from "../test/compile-bpf.ts";
import { pinMaps } from "../test/kernel/loxilb/fixture.ts";
import { playLoxilb } from "../test/kernel/loxilb/play.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { startBuilt } from "./peer.ts";
import { inTurns, milliseconds, ratioOf, warmUp } from "./rounds.ts";
import { slicesOf } from "./slices.ts";

/** As many as its map has room for; each flow has two. */
const ROWS = 524_288;
const CLIENTS = 10_000;
const BATCH = 4096;
const ROUNDS = 9;

export const LOXILB: Figure = {
	name: "loxilb",
	async measure() {
		const object = await loadSource(new URL("../test/kernel/loxilb/maps-280.bpf.c", import.meta.url), {
			maxEntries: { ct_map: ROWS, ct_stats_map: ROWS },
		});
		const directory = mkdtempSync(join(tmpdir(), "lbscope-bench-"));
		await run(["mount", "-t", "bpf", "bpf", directory]);
		try {
			const pins = join(directory, "maps");
			pinMaps(object, pins);
			await fillFlows(object, pins);
			return await compare(pins);
		} finally {
			await run(["umount", directory]);
			rmdirSync(directory);
			object.close();
		}
	},
};

async function compare(pins: string): Promise<Result[]> {
	const source = createLoxilbSource({
		directory: pins,
		limits: { pairs: 65_536, services: 16, clientPrefix: { ipv4: 32, ipv6: 128 } },
		now: () => performance.now(),
		firewall: async () => ({ firewall: undefined, firewallRules: undefined }),
	});
	const read = async () => expectRows((await source.read()).maps[0]?.entries ?? 0);
	await warmUp(() => milliseconds(read));
	const c = startBuilt("read-loxilb", join(pins, "ct_map"), join(pins, "ct_stats_map"));
	try {
		const taken = await inTurns(ROUNDS, {
			lbscope: () => milliseconds(read),
			c: async () => {
				const [ms = Number.NaN, rows = 0] = await c.ask();
				expectRows(rows);
				return ms;
			},
		});
		const slices = [];
		for (let round = 0; round < ROUNDS; round++) slices.push(await slicesOf(read));
		return [
			{ title: "read 524,288 rows and their counters", unit: "ms", spread: spreadOf(taken.lbscope) },
			{ title: "the same calls from C", unit: "ms", spread: spreadOf(taken.c) },
			{ title: "lbscope / C", unit: "", spread: ratioOf(taken.lbscope, taken.c), goal: { atMost: 1.3 } },
			{
				title: "longest slice of the event loop",
				unit: "ms",
				spread: spreadOf(slices.map(({ longestCpuMs }) => longestCpuMs)),
				goal: { atMost: 10 },
			},
		];
	} finally {
		await c.stop();
	}
}

function expectRows(rows: number): void {
	if (rows !== ROWS) throw new Error(`Cannot compare: ${rows} rows were read, expected ${ROWS}`);
}

/** Copies of one flow, each of another client and port, with counters of its own. */
async function fillFlows(object: BpfObject, pins: string): Promise<void> {
	const { maps, close } = createLoxilbMaps(MAP_NAMES, pins).open();
	const { flow, flowKey } = bindLayouts(maps);
	close();
	const loxilb = playLoxilb(object);
	const [vip, endpoint] = [
		{ address: "192.0.2.1", port: 80 },
		{ address: "10.0.0.5", port: 8080 },
	];
	loxilb.rule({ id: 1, vip, endpoints: [endpoint] });
	loxilb.ring(0, ROWS);
	loxilb.flow({ client: { address: "198.18.0.0", port: 1 }, vip, endpoint, counter: 0, there: [2, 100] });
	const map = object.map("ct_map");
	const legs = await readAll(map);
	removeBatch(map, legs.keys, legs.count);
	for (let from = 0; from < ROWS; from += BATCH) {
		const keys = Buffer.alloc(BATCH * map.keySize);
		const values = Buffer.alloc(BATCH * map.valueSize);
		for (let i = 0; i < BATCH; i++) {
			const [leg, number] = [i % 2, (from + i - (i % 2)) / 2];
			const [key, value] = [i * map.keySize, i * map.valueSize];
			legs.keys.copy(keys, key, leg * map.keySize, (leg + 1) * map.keySize);
			legs.values.copy(values, value, leg * map.valueSize, (leg + 1) * map.valueSize);
			const isBack = values.readUInt32LE(value + flow["ctd.dir"]) === 1;
			const [address, port] = isBack ? [flowKey.daddr, flowKey.dport] : [flowKey.saddr, flowKey.sport];
			keys.writeUInt32BE(0xc612_0000 + (number % CLIENTS), key + address);
			keys.writeUInt16BE(1 + Math.floor(number / CLIENTS), key + port);
			values.writeUInt32LE(2 * number + (isBack ? 1 : 0), value + flow["ca.cidx"]);
		}
		updateBatch(map, keys, values, BATCH);
	}
}
