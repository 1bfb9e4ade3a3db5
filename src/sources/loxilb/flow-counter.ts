/** Counts what LoxiLB's connections have exchanged since the last poll, from their rows and from their counters. */
import type { MapRows } from "../../bpf/map.ts";
import { formatAddress } from "../../model/address.ts";
import { inSlices } from "../../model/in-slices.ts";
import type { FlowCounts } from "../../model/reading.ts";
import { PROTOCOLS, type Protocol } from "../../model/service.ts";
import { type ClientPrefix, IPV4_BITS_BEFORE, prefixMask } from "../client-prefix.ts";
import { addressAt } from "./addresses.ts";
import { createCounterShadow, type Growth } from "./counter-shadow.ts";
import type { Given } from "./created-flows.ts";
import type { LoxilbLayouts } from "./layouts.ts";
import { type LegEntries, legEntries } from "./leg-entry.ts";
import { createLegs, NO_ROW } from "./legs.ts";
import { createOwners, type Receiver } from "./owners.ts";
import type { PairBook } from "./pair-book.ts";
import { PAIR_KEY, prefixAndKind } from "./pair-key.ts";
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
	readonly flows: FlowCounts;
	/** New at this poll, balanced or not; `early`: of these, whose counters are yet to be given. */
	readonly newFlows: { readonly all: number; readonly early: number };
	/** Since this counter of flows was made. */
	readonly unattributed: { readonly packets: number; readonly bytes: number };
}

/** What whose address is not known is likely to have had. */
const IPV4_HEADER = 20;
/** The second half of ::ffff:0:0/96. */
const MAPPED = 0xffff0000;

export function createFlowCounter(parts: FlowCounterParts): FlowCounter {
	const { layouts, book, services } = parts;
	// A poll may find none of the rows of the poll before.
	const legs = createLegs(2 * parts.rows, layouts.flowKey.size);
	const owners = createOwners(parts.counters);
	const shadow = createCounterShadow(parts.counters, layouts.flowCounter);
	const masks = {
		ipv4: maskOf(IPV4_BITS_BEFORE + parts.clientPrefix.ipv4),
		ipv6: maskOf(parts.clientPrefix.ipv6),
	};
	const active: Record<Protocol, number> = { tcp: 0, udp: 0, sctp: 0 };
	let inactive = 0;
	let balanced = { all: 0, early: 0 };
	let unattributed = { packets: 0, bytes: 0 };
	let given: Given = { count: 0, has: () => false };
	let isBaseline = true;
	let poll = 0;

	function beginPoll(givenSince: Given, baseline: boolean): void {
		poll++;
		[given, isBaseline] = [givenSince, baseline];
		for (const protocol of PROTOCOLS) active[protocol] = 0;
		inactive = 0;
		balanced = { all: 0, early: 0 };
		owners.begin(given);
	}

	function countRows(rows: MapRows): void {
		const entries = legEntries(rows, layouts);
		let near = 0;
		for (let row = 0; row < entries.count; row++) {
			const protocol = entries.protocolOf(row);
			const leg = protocol === undefined ? undefined : countLeg(entries, row, protocol, near);
			owners.claim(entries.cidxOf(row), leg);
			if (leg !== undefined) near = leg + 1;
		}
	}

	/** Undefined: there is no service for it. */
	function countLeg(entries: LegEntries, row: number, protocol: Protocol, near: number): number | undefined {
		const key = entries.keyAt(row);
		const known = legs.find(entries.keyWords, key);
		const [packets, bytes] = [entries.packetsOf(row), entries.bytesOf(row)];
		const isSame =
			known !== NO_ROW &&
			legs.cidx[known] === entries.cidxOf(row) &&
			packets >= (legs.packets[known] as number);
		const leg = isSame ? known : enter(entries, row, protocol, known, near);
		if (leg === undefined) return undefined;
		legs.seen[leg] = poll;
		if (entries.isInbound(row)) {
			if (entries.isActive(row, protocol)) active[protocol]++;
			else inactive++;
		}
		countFirstPackets(entries, row, leg, packets, bytes);
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
		book.add(legs.pairs, legs.pairAt(leg), morePackets, moreBytes + morePackets * (client - own));
	}

	function enter(
		entries: LegEntries,
		row: number,
		protocol: Protocol,
		known: number,
		near: number,
	): number | undefined {
		const slot = services.slotOf(entries.ruleOf(row), protocol) ?? slotOfVip(entries, row, protocol);
		if (slot === undefined) return undefined;
		const leg = known === NO_ROW ? legs.add(entries.keyWords, entries.keyAt(row), near) : known;
		if (known !== NO_ROW) leaveCounter(leg, entries.cidxOf(row));
		beginLeg(leg, entries, row);
		writePair(entries, row, slot, legs.pairAt(leg));
		if (!entries.isInbound(row)) return leg;
		balanced.all++;
		balanced.early += legs.isEarly[leg] as number;
		if (!isBaseline) parts.saw(slot);
		return leg;
	}

	/** A flow has ended, and another one is between the same ports: the counter of the first is nobody's. */
	function leaveCounter(leg: number, next: number): void {
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

	function slotOfVip(entries: LegEntries, row: number, protocol: Protocol): number | undefined {
		const { bytes, offset, isIPv6, port } = entries.vipOf(row);
		return services.slotOfVip({ vip: formatAddress(addressAt(bytes, offset, isIPv6)), port, protocol });
	}

	function writePair(entries: LegEntries, row: number, slot: number, at: number): void {
		const { pairs } = legs;
		pairs.fill(0, at, at + PAIR_KEY.words);
		const isKnown = entries.copyPair(row, pairs, at);
		const client = at + PAIR_KEY.client;
		const isIPv4 = pairs[client] === 0 && pairs[client + 1] === 0 && pairs[client + 2] === MAPPED;
		const mask = isIPv4 ? masks.ipv4 : masks.ipv6;
		for (let i = 0; i < 4; i++) pairs[client + i] = (pairs[client + i] as number) & (mask.words[i] as number);
		pairs[at + PAIR_KEY.slot] = slot;
		pairs[at + PAIR_KEY.prefixAndKind] = prefixAndKind(mask.bits, isKnown);
	}

	function countCounters(rows: MapRows, first: number): void {
		for (let row = 0; row < rows.count; row++) {
			const counter = first + row;
			const receiver = isBaseline ? "uncounted" : owners.receiverOf(counter, legs);
			// One that is not in use now may be once it has been given: then, all that it says is news.
			if (receiver !== undefined) countCounter(counter, receiver, shadow.grown(counter, rows, row));
		}
	}

	function countCounter(counter: number, receiver: Receiver, { packets, bytes }: Growth): void {
		if (receiver === "uncounted") return;
		if (receiver === "unknown") {
			addUnattributed(packets, bytes + packets * IPV4_HEADER);
			return;
		}
		addToLeg(receiver, packets, bytes);
		if (given.has(counter)) legs.isEarly[receiver] = 0;
	}

	/** Their bytes are without IP headers. */
	function addToLeg(leg: number, packets: number, bytes: number): void {
		book.add(legs.pairs, legs.pairAt(leg), packets, bytes + packets * (legs.header[leg] as number));
	}

	function addUnattributed(packets: number, bytes: number): void {
		unattributed = { packets: unattributed.packets + packets, bytes: unattributed.bytes + bytes };
	}

	return {
		begin: beginPoll,
		countRows,
		isWanted: (from, to) => isBaseline || owners.isWanted(from, to),
		countCounters,
		async end() {
			await inSlices(legs.length, (from) => legs.forgetUnseen(from, poll));
			owners.end();
		},
		get flows() {
			return { active: { ...active }, inactive };
		},
		get newFlows() {
			const others = owners.newcomers();
			return { all: balanced.all + others.all, early: balanced.early + others.early };
		},
		get unattributed() {
			return unattributed;
		},
	};
}

function maskOf(bits: number): { readonly bits: number; readonly words: Uint32Array } {
	return { bits, words: new Uint32Array(prefixMask(bits).buffer) };
}
