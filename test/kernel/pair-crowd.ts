/** The data path with programs that make pairs at once, without flows: see pair-crowd.bpf.c. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { readAll } from "../../src/bpf/map.ts";
import type { BpfObject } from "../../src/bpf/object.ts";
import { runOnPacket, runOnPacketAside } from "../../src/bpf/test-run.ts";
import type { Reading } from "../../src/model/reading.ts";
import type { DataPath } from "../../src/sources/data-path.ts";
import { decodeRows } from "../../src/sources/decode-rows.ts";
import { bindLayouts, type Layouts } from "../../src/sources/layouts.ts";
import { openDataPath, sizesOf } from "../../src/sources/open-data-path.ts";
import { loadSource } from "../compile-bpf.ts";
import { ordinaryPacket } from "./cast.ts";
import { clearMaps } from "./clear-maps.ts";
import { pageOf, patientOptions } from "./lasting-set.ts";
import { type Room, roomOf, rowsOfPairs } from "./pair-rows.ts";
import { createContextEncoder, type EncodeContext } from "./skb-context.ts";

const PACKET = ordinaryPacket("client to VIP", "IPv4", "tcp");

export class PairCrowd {
	readonly #object: BpfObject;
	readonly #layouts: Layouts;
	readonly #source: DataPath;
	readonly #encodeContext: EncodeContext;

	private constructor(object: BpfObject, source: DataPath) {
		this.#object = object;
		this.#layouts = bindLayouts(object.structs);
		this.#source = source;
		this.#encodeContext = createContextEncoder(object.structs);
	}

	static async open(pairs: number): Promise<PairCrowd> {
		const options = patientOptions({ pairs });
		const source = new URL("pair-crowd.bpf.c", import.meta.url);
		const loaded = await loadSource(source, { maxEntries: sizesOf(options) });
		const object = openDataPath({ ...options, loaded });
		return new PairCrowd(object, (await pageOf({ object })).source);
	}

	/** One packet of 100 bytes of each. */
	count(...clients: readonly number[]): void {
		for (const mark of clients)
			runOnPacket(this.#object.program("count_marked"), PACKET, { context: this.#encodeContext({ mark }) });
	}

	/** The program on two threads, so many times each. */
	async onTwoCpus(program: "count_new" | "count_few", times: number): Promise<void> {
		const run = () => runOnPacketAside(this.#object.program(program), PACKET, { repeat: times });
		await Promise.all([run(), run()]);
	}

	read(): Promise<Reading> {
		return this.#source.read();
	}

	release(rows: readonly number[]): Promise<void> {
		return this.#source.release(Uint32Array.from(rows), "idle");
	}

	async releaseAll(): Promise<void> {
		await this.#source.release(await rowsOfPairs(this.#object, this.#layouts), "idle");
	}

	room(): Promise<Room> {
		return roomOf(this.#object);
	}

	async pairs(): Promise<Record<string, unknown>[]> {
		return [...decodeRows("pairs", await readAll(this.#object.map("pair_rows")), this.#layouts)];
	}

	/** Keys by which a packet finds a row. */
	async keys(): Promise<number> {
		return (await readAll(this.#object.map("pairs"))).count;
	}

	/** Of each row. */
	async versions(): Promise<number[]> {
		const { count, values, valueStride } = await readAll(this.#object.map("pair_rows"));
		const { version } = this.#layouts.pair;
		return Array.from({ length: count }, (_, row) => values.readUInt32LE(row * valueStride + version));
	}

	async othersPackets(): Promise<number> {
		const rows = [...decodeRows("others", await readAll(this.#object.map("others")), this.#layouts)];
		return rows.reduce((sum, { packets }) => sum + Number(packets), 0);
	}

	/** Of the last reading: on the page, or retired. */
	counted(): { readonly live: number; readonly retired: number } {
		const sums = this.#source.table.sums().slots[0];
		return { live: sums?.live.packets ?? 0, retired: sums?.retired.pair.packets ?? 0 };
	}

	clear(): Promise<void> {
		return clearMaps(this.#object);
	}

	close(): void {
		this.#object.close();
	}
}

/** Inside describe(). */
export function withPairCrowd(pairs: number): () => PairCrowd {
	let crowd: PairCrowd | undefined;
	beforeAll(async () => {
		crowd = await PairCrowd.open(pairs);
	});
	beforeEach(() => crowd?.clear());
	afterAll(() => crowd?.close());
	return () => {
		if (!crowd) throw new Error("the programs were not loaded");
		return crowd;
	};
}
