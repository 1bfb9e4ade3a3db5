/** The programs with a clock of the test's own: as a replay runs them. */
import { afterAll, beforeAll } from "vitest";
import { indexKey, readAll, update } from "../../../src/bpf/map.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { PacketRuns } from "../../../src/bpf/packet-runs.ts";
import { writeU64 } from "../../../src/bpf/struct.ts";
import { createDataPathSource, type DataPath } from "../../../src/sources/data-path.ts";
import { type Dumpable, decodeRows, mapToDump } from "../../../src/sources/decode-rows.ts";
import { bindLayouts, type Layouts } from "../../../src/sources/layouts.ts";
import { type DataPathOptions, openDataPath } from "../../../src/sources/open-data-path.ts";
import { SERVICES } from "../cast.ts";
import { clearMaps } from "../clear-maps.ts";
import { type FlowRoom, readFlowRoom } from "../flow-room.ts";
import { CAME_IN_BY } from "../forward.ts";
import { stayOnThisCpu } from "../one-cpu.ts";

const MS = 1e6;

export class ReplayPath {
	readonly #object: BpfObject;
	readonly #runs: PacketRuns;
	readonly #layouts: Layouts;
	readonly #source: DataPath;
	/** Of the capture that is being invented. */
	nowMs = 3_600_000;

	constructor(timeouts: DataPathOptions["timeouts"]) {
		const limits = {
			flows: 1024,
			pairs: 1024,
			services: SERVICES.length,
			clientPrefix: { ipv4: 32, ipv6: 128 },
		};
		this.#object = openDataPath(
			{ services: SERVICES, limits, timeouts },
			{ constants: { ".rodata.replay": indexKey(1) } },
		);
		this.#runs = new PacketRuns(this.#object.structs);
		this.#layouts = bindLayouts(this.#object.structs);
		this.#source = createDataPathSource(this.#object, SERVICES, {
			now: () => this.nowMs,
			neighbours: () => [],
			firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
			interfaces: () => [],
		});
	}

	ingress(packet: Buffer, hash = 0): void {
		this.#run("ingress_ethernet", packet, hash, 0);
	}

	egress(packet: Buffer, hash = 0): void {
		this.#run("egress_ethernet", packet, hash, CAME_IN_BY);
	}

	#run(program: string, bytes: Buffer, hash: number, cameInBy: number): void {
		const { length } = bytes;
		const timeNs = this.nowMs * MS;
		const packet = { at: 0, length, wireLength: length, timeNs, hash, cameInBy, withoutLength: false };
		if (!this.#runs.run(this.#object.program(program), bytes, packet))
			throw new Error("the kernel takes it for no packet");
	}

	/** As the poller does, the walk included. */
	read(): ReturnType<DataPath["read"]> {
		const clock = Buffer.alloc(8);
		writeU64(clock, this.nowMs * MS, 0);
		update(this.#object.map(".data.replay"), indexKey(0), clock);
		return this.#source.read();
	}

	async rowsOf(map: Dumpable): Promise<Record<string, unknown>[]> {
		return [...decodeRows(map, await readAll(this.#object.map(mapToDump(map))), this.#layouts)];
	}

	flowRoom(): Promise<FlowRoom> {
		return readFlowRoom(this.#object);
	}

	clear(): Promise<void> {
		return clearMaps(this.#object);
	}

	close(): void {
		this.#object.close();
	}
}

/** Inside describe(). */
export function withReplayPath(timeouts: DataPathOptions["timeouts"]): () => ReplayPath {
	let path: ReplayPath | undefined;
	beforeAll(async () => {
		path = new ReplayPath(timeouts);
		stayOnThisCpu();
		// The first walk reads the clocks; from the second on limits hold.
		await path.read();
	});
	afterAll(() => path?.close());
	return () => {
		if (!path) throw new Error("the programs were not loaded");
		return path;
	};
}
