/**
 * A Reading of LoxiLB's own maps: nothing is attached, nothing is written. Sums begin with the exporter, for LoxiLB keeps
 * none: what its counters said before the first poll is nobody's news.
 */
import { readBatches } from "../../bpf/map.ts";
import { readWanted } from "../../bpf/read-ranges.ts";
import type { EndpointHealth } from "../../model/health.ts";
import type { LoxilbCounts } from "../../model/loxilb-counts.ts";
import { createPairTable, type PairTable } from "../../model/pair-table.ts";
import type { LeaveReason, Reading, ServiceTotals, Source } from "../../model/reading.ts";
import type { Service } from "../../model/service.ts";
import type { Traffic } from "../../model/traffic.ts";
import type { ClientPrefix } from "../client-prefix.ts";
import { type BoundMap, createLoxilbMaps } from "./bind-maps.ts";
import { flowsThatTook, givenSince, type Ring, readRing, ringAtStart } from "./created-flows.ts";
import { createFlowCounter, type FlowCounter } from "./flow-counter.ts";
import { bindLayouts, type LoxilbLayouts, MAP_NAMES, type MapName } from "./layouts.ts";
import { createPairBook, type PairBook } from "./pair-book.ts";
import { LEDGER_FORMAT, PAIR_FORMAT } from "./pair-key.ts";
import { type Rule, readRules } from "./read-rules.ts";
import { createRuleCounters, type RuleCounters } from "./rule-counters.ts";
import { createRuleServices, type RuleServices } from "./rule-services.ts";

export interface LoxilbSourceOptions {
	/** Where its maps are pinned; undefined: where they are found. */
	readonly directory: string | undefined;
	/** Pairs and services that there is room for. */
	readonly limits: { readonly pairs: number; readonly services: number; readonly clientPrefix: ClientPrefix };
	/** Monotonic, milliseconds. */
	readonly now: () => number;
	/** Read beside the other maps. Never rejects. */
	readonly firewall: () => Promise<FirewallReading>;
}

type FirewallReading = Pick<Reading, "firewall" | "firewallRules">;

export interface LoxilbSource extends Source {
	/** As they were at the last reading. */
	services(): { readonly services: readonly Service[]; readonly uncounted: number };
	/** What LoxiLB says of their endpoints. */
	health(): readonly EndpointHealth[];
	/** From the next reading on, rules with the addresses of these have their labels. */
	name(services: readonly Service[]): void;
}

type Maps = Readonly<Record<MapName, BoundMap>>;

/** What belongs to one set of maps. */
interface Bound {
	readonly generation: number;
	readonly layouts: LoxilbLayouts;
	readonly counter: FlowCounter;
	readonly rules: RuleCounters;
	/** At the last reading. */
	ring: Ring;
	/** True until the first reading is done: of maps that were there before the exporter. */
	isBaseline: boolean;
}

export function createLoxilbSource(options: LoxilbSourceOptions): LoxilbSource {
	return new MapSource(options);
}

class MapSource implements LoxilbSource {
	readonly table: PairTable;
	readonly #options: LoxilbSourceOptions;
	readonly #maps;
	readonly #book: PairBook;
	readonly #services: RuleServices;
	/** By slot. */
	readonly #seen: number[] = [];
	readonly #ruleTraffic = new Map<number, Traffic>();
	#bound: Bound | undefined;
	/** Flows that LoxiLB has made, and of them those that were seen. */
	#created = 0;
	#found = 0;
	#missed = 0;
	/** Of maps that are gone. */
	#formerUnattributed: Traffic = { packets: 0, bytes: 0 };

	constructor(options: LoxilbSourceOptions) {
		this.#options = options;
		const { pairs, services } = options.limits;
		this.#maps = createLoxilbMaps(MAP_NAMES, options.directory);
		this.#book = createPairBook({ pairs, services });
		this.#services = createRuleServices(services);
		this.table = createPairTable({
			pairs: PAIR_FORMAT,
			rows: this.#book.rows,
			ledger: LEDGER_FORMAT,
			// A row for each endpoint at most.
			others: pairs + services,
			isConfigured: this.#services.isConfigured,
		});
	}

	services() {
		return { services: this.#services.services, uncounted: this.#services.uncounted };
	}

	health(): readonly EndpointHealth[] {
		return this.#services.health;
	}

	name(services: readonly Service[]): void {
		this.#services.name(services);
	}

	async release(rows: Uint32Array, reason: LeaveReason): Promise<void> {
		this.#book.release(rows, reason);
	}

	async read(): Promise<Reading> {
		const { maps, generation, close } = this.#maps.open();
		try {
			const bound = await this.#bind(maps, generation);
			const firewall = this.#options.firewall();
			return { ...(await this.#readMaps(maps, bound)), ...(await firewall) };
		} finally {
			close();
		}
	}

	/** Other maps than at the last reading are new ones: all that they have counted is news. */
	async #bind(maps: Maps, generation: number): Promise<Bound> {
		const before = this.#bound;
		if (before?.generation === generation) return before;
		const layouts = bindLayouts(maps);
		const counters = maps.ct_stats_map.maxEntries;
		const ring = readRing(maps.ct_ctr, counters, layouts);
		if (before) {
			await before.counter.settle();
			this.#formerUnattributed = sum(this.#formerUnattributed, before.counter.unattributed);
		}
		const bound: Bound = {
			generation,
			layouts,
			counter: createFlowCounter({
				layouts,
				rows: maps.ct_map.maxEntries,
				counters,
				book: this.#book,
				services: this.#services,
				clientPrefix: this.#options.limits.clientPrefix,
				saw: (slot) => {
					this.#seen[slot] = (this.#seen[slot] ?? 0) + 1;
				},
			}),
			rules: createRuleCounters(maps.nat_stats_map.maxEntries, layouts, this.#ruleTraffic),
			ring: before ? ringAtStart(ring) : ring,
			isBaseline: before === undefined,
		};
		this.#bound = bound;
		return bound;
	}

	/**
	 * The order matters. What counters were given is asked first: a flow that comes later is early, and known to be. The
	 * counters come after the rows, so that those of flows that have ended are read once more.
	 */
	async #readMaps(maps: Maps, bound: Bound): Promise<Omit<Reading, keyof FirewallReading>> {
		const { layouts, counter, isBaseline } = bound;
		this.#book.retireReleased();
		const ring = readRing(maps.ct_ctr, maps.ct_stats_map.maxEntries, layouts);
		const given = givenSince(bound.ring, ring);
		const rules = await readRules(maps.nat_map, layouts);
		this.#services.update(rules);
		counter.begin(given, isBaseline);
		const rows = await readBatches(maps.ct_map, counter.countRows);
		await readWanted(maps.ct_stats_map, counter.isWanted, counter.countCounters);
		await bound.rules.read(maps.nat_stats_map, this.#slotsOf(rules), isBaseline);
		if (!isBaseline) {
			const { all, early } = counter.newFlows;
			this.#countMissed(flowsThatTook(given, all - early, ring), all);
		}
		await counter.end();
		bound.ring = ring;
		bound.isBaseline = false;
		await this.#book.tell(
			this.table,
			this.#services.slots.map(({ label }) => label),
		);
		return this.#reading(counter, { rows, capacity: maps.ct_map.maxEntries });
	}

	/** By number of the rule, where its counters are its alone. */
	#slotsOf(rules: readonly Rule[]): Map<number, number> {
		const slots = new Map<number, number>();
		for (const { id, vips } of rules) {
			const slot = vips[0] && this.#services.slotOf(id, vips[0].protocol);
			if (slot !== undefined) slots.set(id, slot);
		}
		return slots;
	}

	/** Flows that come while the table is read are seen one poll, and known to be made the next. */
	#countMissed(created: number, seen: number): void {
		this.#created += created;
		this.#found += seen;
		this.#missed = Math.max(this.#missed, this.#created - this.#found);
	}

	#reading(
		counter: FlowCounter,
		{ rows, capacity }: { rows: number; capacity: number },
	): Omit<Reading, keyof FirewallReading> {
		return {
			readAtMs: this.#options.now(),
			services: this.#services.slots.map(({ label, protocol }): ServiceTotals => {
				return { label, protocol, requests: 0, bytes: 0, packets: 0, errors: [] };
			}),
			pairs: this.table.sums(),
			flows: counter.flows,
			netfilter: undefined,
			maps: [{ map: "ct_map", entries: rows, capacity }, this.#book.fill],
			overflowPackets: this.#book.overflow,
			evictedPairs: this.#book.evicted,
			ignoredPackets: [],
			interfaces: [],
			loxilb: this.#counts(counter),
		};
	}

	#counts({ unattributed }: FlowCounter): LoxilbCounts {
		return {
			services: this.#services.slots.map(({ label }, slot) => {
				return { label, seenFlows: this.#seen[slot] ?? 0, ruleTraffic: this.#ruleTraffic.get(slot) };
			}),
			missedFlows: this.#missed,
			unattributed: sum(this.#formerUnattributed, unattributed),
		};
	}
}

function sum(one: Traffic, other: Traffic): Traffic {
	return { packets: one.packets + other.packets, bytes: one.bytes + other.bytes };
}
