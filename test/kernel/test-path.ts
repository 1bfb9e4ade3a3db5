/** The real programs over packets from tests: loaded, attached to nothing, run by call. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { readAll } from "../../src/bpf/map.ts";
import type { BpfObject, Program } from "../../src/bpf/object.ts";
import { runOnPacket, runOnPacketAside } from "../../src/bpf/test-run.ts";
import { firewallMapSizes, readRuleCounts, writeRules } from "../../src/firewall/firewall.ts";
import type { Rule } from "../../src/firewall/rule.ts";
import type { Reading } from "../../src/model/reading.ts";
import type { Service } from "../../src/model/service.ts";
import { createDataPathSource, type DataPath } from "../../src/sources/data-path.ts";
import { type Dumpable, decodeRows, mapToDump } from "../../src/sources/decode-rows.ts";
import { bindLayouts, type Layouts } from "../../src/sources/layouts.ts";
import { type DataPathOptions, openDataPath } from "../../src/sources/open-data-path.ts";
import { SERVICES } from "./cast.ts";
import { clearFlows, clearMaps } from "./clear-maps.ts";
import { type FlowRoom, readFlowRoom, writeFlowRoom } from "./flow-room.ts";
import { stayOnThisCpu } from "./one-cpu.ts";
import { rowsOfPairs } from "./pair-rows.ts";
import { followSeries, type Pair } from "./seen.ts";
import { createContextEncoder, type EncodeContext, type SkbContext } from "./skb-context.ts";

export interface TestPathOptions {
	readonly services?: readonly Service[];
	/** As many as there are services unless told. */
	readonly maxServices?: number;
	readonly flows?: number;
	readonly pairs?: number;
	readonly clientPrefix?: DataPathOptions["limits"]["clientPrefix"];
	readonly timeouts?: Partial<DataPathOptions["timeouts"]>;
	readonly rules?: readonly Rule[];
	/** True: this thread may move between CPUs, and packets are not joined reliably. */
	readonly anyCpu?: boolean;
}

const MINUTE_MS = 60_000;
const PATIENT: DataPathOptions["timeouts"] = {
	tcpHandshakeMs: MINUTE_MS,
	tcpEstablishedMs: MINUTE_MS,
	tcpClosingMs: MINUTE_MS,
	udpMs: MINUTE_MS,
	sctpMs: MINUTE_MS,
};

/** What the programs return: pass on to whoever is attached behind, or drop. Unsigned, as the kernel gives it. */
export const PASS = 0xffffffff;
export const DROP = 2;

/** With the pairs as objects. */
export interface TestReading extends Omit<Reading, "pairs"> {
	readonly pairs: readonly Pair[];
}

const HOSTS = { ipv4: 32, ipv6: 128 };

type Layer = "ethernet" | "ip";
const PROGRAMS = ["ingress_ethernet", "egress_ethernet", "ingress_ip", "egress_ip"];

export class TestPath {
	readonly #object: BpfObject;
	readonly #layouts: Layouts;
	readonly #source: DataPath;
	readonly #pairs: () => Pair[];
	readonly #encodeContext: EncodeContext;
	readonly #programs: ReadonlyMap<string, Program>;

	constructor(options: TestPathOptions) {
		const { services = SERVICES, flows = 1024, pairs = 1024, timeouts, rules = [] } = options;
		const { clientPrefix = HOSTS, maxServices = Math.max(services.length, 1) } = options;
		this.#object = openDataPath({
			services,
			limits: { flows, pairs, services: maxServices, clientPrefix },
			timeouts: { ...PATIENT, ...timeouts },
			mapSizes: firewallMapSizes(rules),
			firewallRules: rules.length,
		});
		writeRules(this.#object, rules);
		this.#layouts = bindLayouts(this.#object.structs);
		this.#encodeContext = createContextEncoder(this.#object.structs);
		this.#programs = new Map(PROGRAMS.map((name) => [name, this.#object.program(name)]));
		this.#source = createDataPathSource(this.#object, services, {
			now: () => performance.now(),
			neighbours: () => [],
			firewall: async () => {
				const own = { firewall: readRuleCounts(this.#object), firewallRules: rules.length };
				return { ...own, netfilter: undefined };
			},
			interfaces: () => [],
		});
		this.#pairs = followSeries(this.#source.table.pairs);
	}

	/** Runs the ingress program; gives its verdict. */
	ingress(packet: Buffer, context: SkbContext = {}, layer: Layer = "ethernet"): number {
		return this.#run(`ingress_${layer}`, packet, context);
	}

	egress(packet: Buffer, context: SkbContext = {}, layer: Layer = "ethernet"): number {
		return this.#run(`egress_${layer}`, packet, context);
	}

	/** The packet again and again, while others run on the other CPUs. */
	ingressAside(packet: Buffer, repeat: number): Promise<void> {
		return runOnPacketAside(this.#program("ingress_ethernet"), packet, { repeat });
	}

	egressAside(packet: Buffer, repeat: number): Promise<void> {
		return runOnPacketAside(this.#program("egress_ethernet"), packet, { repeat });
	}

	#run(name: string, packet: Buffer, context: SkbContext): number {
		return runOnPacket(this.#program(name), packet, { context: this.#encodeContext(context) }).returned;
	}

	#program(name: string): Program {
		const program = this.#programs.get(name);
		if (!program) throw new Error(`there is no program ${name}`);
		return program;
	}

	/** As the poller does, the walk included. */
	async read(): Promise<TestReading> {
		const reading = await this.#source.read();
		return { ...reading, pairs: this.#pairs() };
	}

	/** Other services from now on. */
	apply(services: readonly Service[]): ReturnType<DataPath["apply"]> {
		return this.#source.apply(services);
	}

	/** Takes pairs off the page, as the governor does. */
	async release(isMeant: (pair: Record<string, unknown>) => boolean): Promise<void> {
		await this.#source.release(await rowsOfPairs(this.#object, this.#layouts, isMeant), "idle");
	}

	/** What the page says in sum, after read(). */
	get table(): DataPath["table"] {
		return this.#source.table;
	}

	async rowsOf(map: Dumpable): Promise<Record<string, unknown>[]> {
		return [...decodeRows(map, await readAll(this.#object.map(mapToDump(map))), this.#layouts)];
	}

	/** What is in the flow table, by the kernel's own count. */
	flowRoom(): Promise<FlowRoom> {
		return readFlowRoom(this.#object);
	}

	/** As if the kernel had said so. */
	setFlowRoom(fields: Parameters<typeof writeFlowRoom>[1]): Promise<void> {
		return writeFlowRoom(this.#object, fields);
	}

	clear(): Promise<void> {
		return clearMaps(this.#object);
	}

	/** As if time had passed. */
	clearFlows(): Promise<void> {
		return clearFlows(this.#object);
	}

	close(): void {
		this.#object.close();
	}
}

/** Inside describe(): loads the programs once and empties their maps before each test. */
export function withTestPath(options: TestPathOptions = {}): () => TestPath {
	let path: TestPath | undefined;
	beforeAll(() => {
		path = new TestPath(options);
		if (!options.anyCpu) stayOnThisCpu();
	});
	beforeEach(() => path?.clear());
	afterAll(() => path?.close());
	return () => {
		if (!path) throw new Error("the programs were not loaded");
		return path;
	};
}
