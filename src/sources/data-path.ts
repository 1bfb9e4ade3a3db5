/** A Reading of the data path at each call, and the way in which pairs leave it. */
import { readBatches, readFirst, sumOverCpus } from "../bpf/map.ts";
import { mapArray } from "../bpf/mapped-array.ts";
import type { Neighbour } from "../bpf/netlink.ts";
import type { BpfObject } from "../bpf/object.ts";
import { readU64 } from "../bpf/struct.ts";
import { runSyscall } from "../bpf/test-run.ts";
import type { HandshakesByEndpoint } from "../model/handshakes.ts";
import { inEqualSlices } from "../model/in-slices.ts";
import { createPairTable, type PairTable } from "../model/pair-table.ts";
import {
	type InterfaceState,
	type MapFill,
	type NamedCount,
	OTHER,
	type Reading,
	type ServiceTotals,
	type Source,
} from "../model/reading.ts";
import type { Service } from "../model/service.ts";
import { type Applied, applyServices } from "./apply-services.ts";
import { createConfiguredEndpoints } from "./configured-endpoints.ts";
import { createEndpointNames, type EndpointNames, keptNames } from "./endpoint-names.ts";
import { endpointText } from "./endpoint-text.ts";
import { rowsOfKeys, rowsOfNumbers, runOnRows } from "./inbox.ts";
import { bindLayouts, type Layouts } from "./layouts.ts";
import { usedRows } from "./pair-rows.ts";
import { readEmbryos } from "./read-embryos.ts";
import { readHandshakes } from "./read-handshakes.ts";
import { readIgnored } from "./read-ignored.ts";
import { errorsOf, trafficOverCpus } from "./read-services.ts";
import { openSlots, type Slots } from "./slots.ts";
import { tableFormats } from "./table-formats.ts";

/** What the data path does not know by itself. */
export interface Surroundings {
	readonly now: () => number;
	readonly neighbours: () => readonly Neighbour[];
	/** Read beside the maps: it may take its time. Never rejects. */
	readonly firewall: () => Promise<Pick<Reading, "firewall" | "firewallRules" | "netfilter">>;
	readonly interfaces: () => readonly InterfaceState[];
}

export interface DataPath extends Source {
	/** From now on these are counted: the full list. Waits for a poll under way, and a poll waits for it. */
	apply(services: readonly Service[]): Promise<Applied>;
	/** From now on these programs count, in the same lasting maps as those before. Not during a poll or an apply(). */
	use(object: BpfObject): void;
	/** As they were at the last reading. */
	handshakes(): HandshakesByEndpoint;
}

export function createDataPathSource(
	object: BpfObject,
	services: readonly Service[],
	surroundings: Surroundings,
): DataPath {
	return new DataPathSource(object, services, surroundings);
}

/** enum leave_reason */
const LEAVE = { idle: 1, crowded: 2 } as const;
const ROWS_PER_SLICE = 32_768;

class DataPathSource implements DataPath {
	readonly table: PairTable;
	#object: BpfObject;
	#layouts: Layouts;
	#slots: Slots;
	readonly #configured = createConfiguredEndpoints();
	readonly #names: EndpointNames;
	readonly #surroundings: Surroundings;
	/** Rows of the pairs that were marked since the last reading, as in the inbox. */
	#marked: Buffer[] = [];
	#handshakes: HandshakesByEndpoint = new Map();
	/** Whether it is known that the ledger has no rows: what runs while polls are made adds none but those of pairs that leave. */
	#isLedgerEmpty = false;
	/** What a poll has to do with slots and services ends before they change. */
	#turn: Promise<unknown> | undefined;

	constructor(object: BpfObject, services: readonly Service[], surroundings: Surroundings) {
		this.#object = object;
		this.#layouts = bindLayouts(object.structs);
		this.#slots = openSlots(object, this.#layouts);
		const kept = keptNames(() => this.#object.map("macs"), this.#layouts.macKey);
		this.#names = createEndpointNames(surroundings.neighbours, this.#configured.addresses, kept);
		this.#surroundings = surroundings;
		this.table = createPairTable({
			...tableFormats(object, this.#layouts, this.#names),
			// Once: whatever programs count, it is the same map.
			rows: mapArray(object.map("pair_rows")),
			isConfigured: this.#configured.has,
		});
		this.#configured.begin(services);
	}

	apply(services: readonly Service[]): Promise<Applied> {
		return this.#inTurn(async () => {
			const applied = await applyServices(this.#object, services, this.#slots, this.#layouts);
			await this.#configured.set(applied.services);
			return applied;
		});
	}

	use(object: BpfObject): void {
		this.#object = object;
		// Counts of former sets may have been carried over.
		this.#isLedgerEmpty = false;
		this.#layouts = bindLayouts(object.structs);
		this.#slots = openSlots(object, this.#layouts);
	}

	handshakes(): HandshakesByEndpoint {
		return this.#handshakes;
	}

	read(): Promise<Reading> {
		return this.#inTurn(() => this.#read());
	}

	/** At once when nothing is under way. */
	#inTurn<T>(work: () => Promise<T>): Promise<T> {
		const result = this.#turn ? this.#turn.then(work) : work();
		const turn = result
			.catch(() => {})
			.then(() => {
				if (this.#turn === turn) this.#turn = undefined;
			});
		this.#turn = turn;
		return result;
	}

	/**
	 * The order matters. The walk books what the flows have counted to the pairs; these come before the totals, so that these
	 * are never smaller; the errors come before the requests, so that they are never more.
	 */
	async #read(): Promise<Reading> {
		this.#names.forgetNeighbours();
		const firewall = this.#surroundings.firewall();
		const { flows, rows } = await this.#walk();
		await this.#retireMarked();
		this.table.begin(this.#slots.list.map(({ label }) => label));
		const used = usedRows(this.#object.map("pair_room"), this.#layouts.pairRoom);
		await inEqualSlices(used, ROWS_PER_SLICE, (from, to) => this.table.count(from, to));
		const others = await this.#readOthers();
		const overflow = this.#readOverflow();
		const ledger = await this.#readLedger();
		const handshakes = await this.#readHandshakes();
		const macs = await readBatches(this.#object.map("macs"), () => {});
		await this.table.end();
		await this.#retireKept();
		return {
			services: this.#readServices(),
			pairs: this.table.sums(),
			flows,
			...(await firewall),
			maps: this.#fills({
				...rows,
				pairs: this.table.ruled.count,
				others: others.rows,
				ledger,
				handshakes,
				macs,
				slots: this.#slots.list.length,
			}),
			overflowPackets: overflow,
			evictedPairs: this.#readEvictions(),
			ignoredPackets: readIgnored(this.#object),
			interfaces: this.#surroundings.interfaces(),
			readAtMs: this.#surroundings.now(),
		};
	}

	/** From now on the kernel adds to `others` what these pairs count; at the next reading they are gone. */
	async release(numbers: Uint32Array, reason: keyof typeof LEAVE): Promise<void> {
		const rows = rowsOfNumbers(numbers);
		await runOnRows(this.#object, "mark_pairs", rows, this.#layouts, LEAVE[reason]);
		this.#marked.push(rows);
	}

	/** Their counts are final: no program has added to them since the reading before. */
	async #retireMarked(): Promise<void> {
		for (const rows of this.#marked.splice(0)) {
			if (rows.length > 0) this.#isLedgerEmpty = false;
			await runOnRows(this.#object, "retire_pairs", rows, this.#layouts);
		}
	}

	/** In the same poll in which they left the page, so that what is retired never becomes less. */
	async #retireKept(): Promise<void> {
		const keys = this.table.keptToRetire();
		const rows = rowsOfKeys(keys, this.#object.map("ledger").keySize, this.#layouts.ledgerRow);
		await runOnRows(this.#object, "retire_kept", rows, this.#layouts);
	}

	async #walk() {
		const layout = this.#layouts.walk;
		const result = Buffer.alloc(layout.size);
		await runSyscall(this.#object.program("walk"), result);
		const counted = (field: Exclude<keyof typeof layout, "size">) => readU64(result, layout[field]);
		const active = {
			tcp: counted("active_tcp"),
			udp: counted("active_udp"),
			sctp: counted("active_sctp"),
		};
		const inactive = counted("inactive");
		const flows = active.tcp + active.udp + active.sctp + inactive + counted("legs");
		const rows = { flows, fragments: counted("fragments"), unplaced: counted("unplaced") };
		return { flows: { active, inactive }, rows };
	}

	async #readHandshakes(): Promise<number> {
		const { rows, byEndpoint } = await readHandshakes(
			this.#object,
			this.#layouts,
			this.#names,
			this.#configured.addresses,
		);
		this.#handshakes = byEndpoint;
		return rows;
	}

	async #readLedger(): Promise<number> {
		if (this.#isLedgerEmpty) return 0;
		const rows = await readBatches(this.#object.map("ledger"), (batch) => this.table.countKept(batch));
		this.#isLedgerEmpty = rows === 0;
		return rows;
	}

	async #readOthers(): Promise<{ rows: number }> {
		const { pairKey, traffic } = this.#layouts;
		const rows = await readBatches(this.#object.map("others"), (batch) => {
			for (let i = 0; i < batch.count; i++) {
				const key = i * batch.keySize;
				const value = i * batch.valueStride;
				this.table.countOther(
					batch.keys.readUInt32LE(key + pairKey.slot),
					endpointText(
						batch.keys,
						key + pairKey.endpoint,
						batch.keys.readUInt8(key + pairKey.endpoint_kind),
						this.#names,
					),
					readU64(batch.values, value + traffic.packets),
					readU64(batch.values, value + traffic.bytes),
				);
			}
		});
		return { rows };
	}

	/** Packets by table; what has no endpoint either is told to the pair table. */
	#readOverflow(): NamedCount[] {
		const { overflow, traffic } = this.#layouts;
		const rows = readFirst(this.#object.map("overflow"), this.#slots.list.length);
		const packets = { flows: 0, pairs: 0, others: 0 };
		for (const slot of this.#slots.list.keys()) {
			const of = (table: keyof typeof packets) => trafficOverCpus(rows, slot, overflow[table], traffic);
			const [flows, others] = [of("flows"), of("others")];
			packets.flows += flows.packets;
			packets.pairs += of("pairs").packets;
			packets.others += others.packets;
			const lost = { packets: flows.packets + others.packets, bytes: flows.bytes + others.bytes };
			if (lost.packets > 0) this.table.countOther(slot, OTHER, lost.packets, lost.bytes);
		}
		return Object.entries(packets).map(([name, count]) => ({ name, count }));
	}

	#readServices(): ServiceTotals[] {
		const { totals: layout, traffic } = this.#layouts;
		const errors = readFirst(this.#object.map("errors"), this.#slots.list.length);
		const totals = readFirst(this.#object.map("totals"), this.#slots.list.length);
		return this.#slots.list.map((slot, i) => ({
			...slot,
			requests: sumOverCpus(totals, i, layout.requests),
			...trafficOverCpus(totals, i, layout.traffic, traffic),
			errors: errorsOf(errors, i),
		}));
	}

	#fills(rows: Readonly<Record<string, number>>): MapFill[] {
		const fills = Object.entries(rows).map(([map, entries]) => {
			return { map, entries, capacity: this.#object.map(map).maxEntries };
		});
		return [...fills, readEmbryos(this.#object, this.#layouts)];
	}

	#readEvictions(): NamedCount[] {
		const rows = readFirst(this.#object.map("evictions"), 1 + LEAVE.crowded);
		return Object.entries(LEAVE).map(([name, i]) => ({ name, count: sumOverCpus(rows, i, 0) }));
	}
}
