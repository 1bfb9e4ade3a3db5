/** Counts what LoxiLB's connections have exchanged since the last poll, from their rows and from their counters. */
import type { MapRows } from "../../bpf/map.ts";
import { inSlices } from "../../model/in-slices.ts";
import type { FlowCounts } from "../../model/reading.ts";
import { PROTOCOLS, type Protocol } from "../../model/service.ts";
import type { Traffic } from "../../model/traffic.ts";
import type { ClientPrefix } from "../client-prefix.ts";
import { createGrowthCount } from "./count-growth.ts";
import type { Given } from "./created-flows.ts";
import { createFlowPairs } from "./flow-pairs.ts";
import { createGrownPairs } from "./grown-pairs.ts";
import type { LoxilbLayouts } from "./layouts.ts";
import { type LegEntries, legEntries, NOT_COUNTED } from "./leg-entry.ts";
import { createLegs, GROUP, NO_ROW } from "./legs.ts";
import { createOwners } from "./owners.ts";
import type { PairBook } from "./pair-book.ts";
import type { RuleServices } from "./rule-services.ts";

export interface FlowCounterParts {
	readonly layouts: LoxilbLayouts;
	/** Rows that its table of connections has room for, and counters. */
	readonly rows: number;
	readonly counters: number;
	readonly book: PairBook;
	readonly services: RuleServices;
	readonly clientPrefix: ClientPrefix;
	/** Flow of a slot that was not there at the last poll. */
	readonly saw: (slot: number) => void;
}

/** One poll: begin(), all rows, all counters that are wanted, end(). */
export interface FlowCounter {
	/** `isBaseline`: what is there was counted by nobody yet, and is not to be. `given`: counters since the last poll. */
	begin(given: Given, isBaseline: boolean): void;
	countRows(rows: MapRows): void;
	isWanted(from: number, to: number): boolean;
	/** Values of counters from number `first` on. */
	countCounters(rows: MapRows, first: number): void;
	end(): Promise<void>;
	/** Tells the book what a poll that broke off has counted: there is none after it. */
	settle(): Promise<void>;
	readonly flows: FlowCounts;
	/** New at this poll, balanced or not; `early`: of these, whose counters are yet to be given. */
	readonly newFlows: { readonly all: number; readonly early: number };
	/** Since this counter of flows was made. */
	readonly unattributed: Traffic;
}

export function createFlowCounter(parts: FlowCounterParts): FlowCounter {
	const { layouts, counters } = parts;
	const flowPairs = createFlowPairs(parts.services, parts.clientPrefix);
	// A poll may find none of the rows of the poll before.
	const pairs = createGrownPairs(2 * parts.rows, parts.book);
	const legs = createLegs(2 * parts.rows, layouts.flowKey.size, pairs.leave);
	const owners = createOwners(counters);
	const growth = createGrowthCount({ counters, layout: layouts.flowCounter, owners, legs, pairs });
	/** By place in PROTOCOLS. */
	const active = PROTOCOLS.map(() => 0);
	/** Of a group of rows. */
	const group = { legs: new Int32Array(GROUP), counters: new Uint32Array(GROUP) };
	let inactive = 0;
	let balanced = { all: 0, early: 0 };
	let given: Given = { count: 0, has: () => false };
	let isBaseline = true;
	let poll = 0;

	function beginPoll(givenSince: Given, baseline: boolean): void {
		poll++;
		[given, isBaseline] = [givenSince, baseline];
		active.fill(0);
		inactive = 0;
		balanced = { all: 0, early: 0 };
		legs.begin();
		pairs.rewind();
		owners.begin(given);
		growth.begin(given, isBaseline);
	}

	function countRows(rows: MapRows): void {
		const entries = legEntries(rows, layouts);
		let near = 0;
		for (let from = 0; from < entries.count; from += GROUP) {
			const length = Math.min(GROUP, entries.count - from);
			for (let i = 0; i < length; i++) {
				const leg = countLeg(entries, from + i, near);
				group.legs[i] = leg;
				group.counters[i] = entries.cidxOf(from + i);
				if (leg !== NO_ROW) near = leg + 1;
			}
			for (let i = 0; i < length; i++) owners.claim(group.counters[i] as number, group.legs[i] as number);
		}
	}

	/** NO_ROW: there is no service for it. */
	function countLeg(entries: LegEntries, row: number, near: number): number {
		const protocol = entries.protocolOf(row);
		if (protocol === NOT_COUNTED) return NO_ROW;
		const known = legs.find(entries.keyWords, entries.keyAt(row));
		const packets = entries.packetsOf(row);
		const isSame =
			known !== NO_ROW &&
			legs.cidx[known] === entries.cidxOf(row) &&
			packets >= (legs.packets[known] as number);
		const leg = isSame ? known : enter(entries, row, protocol, known, near);
		if (leg === NO_ROW) return leg;
		legs.seen[leg] = poll;
		legs.keepOrder(leg);
		if (entries.isInbound(row)) {
			if (entries.isActive(row, protocol)) active[protocol] = (active[protocol] as number) + 1;
			else inactive++;
		}
		countFirstPackets(entries, row, leg, packets, entries.bytesOf(row));
		return leg;
	}

	/** Packets before a connection is established, with their IP headers as this leg has them. */
	function countFirstPackets(
		entries: LegEntries,
		row: number,
		leg: number,
		packets: number,
		bytes: number,
	): void {
		const morePackets = packets - (legs.packets[leg] as number);
		const moreBytes = bytes - (legs.bytes[leg] as number);
		if (morePackets === 0 && moreBytes === 0) return;
		legs.packets[leg] = packets;
		legs.bytes[leg] = bytes;
		if (isBaseline) return;
		const { client, own } = entries.headersOf(row);
		pairs.add(legs.pair[leg] as number, morePackets, moreBytes + morePackets * (client - own));
	}

	function enter(entries: LegEntries, row: number, protocol: number, known: number, near: number): number {
		const slot = flowPairs.find(entries, row, PROTOCOLS[protocol] as Protocol);
		if (slot === undefined) return NO_ROW;
		const leg = known === NO_ROW ? legs.add(entries.keyWords, entries.keyAt(row), near) : known;
		if (known !== NO_ROW) leaveFlow(leg, entries.cidxOf(row));
		beginLeg(leg, entries, row);
		legs.pair[leg] = pairs.join(flowPairs.key, 0);
		if (!entries.isInbound(row)) return leg;
		balanced.all++;
		balanced.early += legs.isEarly[leg] as number;
		if (!isBaseline) parts.saw(slot);
		return leg;
	}

	/** A flow has ended, and another one is between the same ports: the counter of the first is nobody's. */
	function leaveFlow(leg: number, next: number): void {
		pairs.leave(legs.pair[leg] as number);
		const before = legs.cidx[leg] as number;
		if (before !== next) owners.disown(before);
	}

	function beginLeg(leg: number, entries: LegEntries, row: number): void {
		const counter = entries.cidxOf(row);
		legs.packets[leg] = 0;
		legs.bytes[leg] = 0;
		legs.cidx[leg] = counter;
		legs.header[leg] = entries.headersOf(row).client;
		legs.isEarly[leg] = isBaseline || given.has(counter) ? 0 : 1;
	}

	function settle(): Promise<void> {
		return inSlices(pairs.length, pairs.tell);
	}

	return {
		begin: beginPoll,
		countRows,
		isWanted: (from, to) => isBaseline || owners.isWanted(from, to),
		countCounters: growth.count,
		async end() {
			await settle();
			await inSlices(legs.length, (from) => legs.forgetUnseen(from, poll));
			legs.end();
			owners.end();
		},
		settle,
		get flows() {
			const [tcp = 0, udp = 0, sctp = 0] = active;
			return { active: { tcp, udp, sctp }, inactive };
		},
		get newFlows() {
			const others = owners.newcomers();
			return { all: balanced.all + others.all, early: balanced.early + others.early };
		},
		get unattributed() {
			return growth.unattributed;
		},
	};
}
