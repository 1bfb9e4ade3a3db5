/** A capture through the shipped programs, and what their maps say of it, flow by flow. */
import { closeSync, openSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";
import { indexKey, readAll, update } from "../../../src/bpf/map.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { writeU64 } from "../../../src/bpf/struct.ts";
import type { Service } from "../../../src/model/service.ts";
import { ByteWindow } from "../../../src/replay/byte-window.ts";
import { openCapture } from "../../../src/replay/capture.ts";
import { createPollTimes } from "../../../src/replay/poll-times.ts";
import { ReplayCounts } from "../../../src/replay/replay-counts.ts";
import { replayCapture } from "../../../src/replay/replayer.ts";
import { createServiceSet } from "../../../src/replay/service-set.ts";
import { createDataPathSource, type DataPath } from "../../../src/sources/data-path.ts";
import { decodeRows } from "../../../src/sources/decode-rows.ts";
import { bindLayouts } from "../../../src/sources/layouts.ts";
import { openDataPath } from "../../../src/sources/open-data-path.ts";
import { clearMaps } from "../clear-maps.ts";
import { stayOnThisCpu } from "../one-cpu.ts";
import { followSeries, type Pair } from "../seen.ts";

/** No flow ends by silence: tshark knows no such thing. */
const DAY_MS = 86_400_000;
const NEVER = {
	tcpHandshakeMs: DAY_MS,
	tcpEstablishedMs: DAY_MS,
	tcpClosingMs: DAY_MS,
	udpMs: DAY_MS,
	sctpMs: DAY_MS,
};

export interface Replayed {
	readonly counts: ReplayCounts;
	/** Rows of the flow table before anything was booked. */
	readonly flows: readonly Record<string, unknown>[];
	readonly pairs: readonly Pair[];
	readonly reading: Awaited<ReturnType<DataPath["read"]>>;
}

export class Replayer {
	readonly #object: BpfObject;
	readonly #source: DataPath;
	readonly #pairs: () => Pair[];

	constructor() {
		const limits = { flows: 65_536, pairs: 65_536, services: 4096, clientPrefix: { ipv4: 32, ipv6: 128 } };
		this.#object = openDataPath(
			{ services: [], limits, timeouts: NEVER },
			{ constants: { ".rodata.replay": indexKey(1) } },
		);
		this.#source = createDataPathSource(this.#object, [], {
			now: () => 0,
			neighbours: () => [],
			firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
			interfaces: () => [],
		});
		this.#pairs = followSeries(this.#source.table.pairs);
	}

	/** The first walk reads the clocks; each capture is later than it. */
	async begin(): Promise<void> {
		await this.#readAt(1e9);
	}

	async replay(file: string, services: readonly Service[]): Promise<Replayed> {
		await clearMaps(this.#object);
		await this.#source.apply(services);
		const counts = new ReplayCounts();
		const fd = openSync(file, "r");
		try {
			const window = new ByteWindow(fd);
			await replayCapture({
				window,
				capture: openCapture(window),
				object: this.#object,
				services: createServiceSet(services),
				// None: what the flows have counted stays in them.
				polls: createPollTimes(DAY_MS, async () => true),
				counts,
				discover: undefined,
				progress() {},
			});
		} finally {
			closeSync(fd);
		}
		const layouts = bindLayouts(this.#object.structs);
		const flows = [...decodeRows("flows", await readAll(this.#object.map("flows")), layouts)];
		const reading = await this.#readAt(counts.lastNs + 2e9);
		return { counts, flows, pairs: this.#pairs().filter(({ packets }) => packets > 0), reading };
	}

	#readAt(timeNs: number): ReturnType<DataPath["read"]> {
		const clock = Buffer.alloc(8);
		writeU64(clock, timeNs, 0);
		update(this.#object.map(".data.replay"), indexKey(0), clock);
		return this.#source.read();
	}

	close(): void {
		this.#object.close();
	}
}

/** Inside describe(). */
export function withReplayer(): () => Replayer {
	let replayer: Replayer | undefined;
	beforeAll(async () => {
		replayer = new Replayer();
		stayOnThisCpu();
		await replayer.begin();
	});
	afterAll(() => replayer?.close());
	return () => {
		if (!replayer) throw new Error("the programs were not loaded");
		return replayer;
	};
}
