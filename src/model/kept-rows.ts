/**
 * What pairs that are gone had counted, as the kernel's ledger tells it. Of a client or an endpoint that is on the page
 * it goes on counting there; else it is retired, and the kernel is to be told.
 */
import type { ClientTable } from "./client-table.ts";
import type { EndpointTable } from "./endpoint-table.ts";
import { inEqualSlices } from "./in-slices.ts";
import { NO_ROW } from "./key-index.ts";
import { createKeyList } from "./key-list.ts";
import {
	KEPT_CLIENT,
	type LedgerFormat,
	RETIRED_CLIENT,
	RETIRED_ENDPOINT,
	RETIRED_PAIR,
	type RowBatch,
} from "./pair-format.ts";
import type { SlotLabels } from "./slot-labels.ts";
import type { RetiredTraffic, Traffic } from "./traffic.ts";
import { addTraffic, type ReadonlyTrafficTable, type TrafficTable } from "./traffic-table.ts";
import { bytePlace, u64At, wordsOf } from "./words.ts";

/** Says whether an endpoint of a service has a series though it has no pair. */
export type IsConfigured = (label: string, dip: string) => boolean;

const ROWS_PER_SLICE = 4096;

export interface KeptRows {
	/** Begins a poll. */
	clear(): void;
	count(batch: RowBatch): void;
	/** When it is known who has pairs. */
	settle(): Promise<void>;
	keysToRetire(): Buffer;
	retiredOf(slot: number): RetiredTraffic;
	/** Kept of endpoints, by label. */
	readonly endpoints: ReadonlyTrafficTable;
}

interface Sum {
	bytes: number;
	packets: number;
}

type Level = keyof RetiredTraffic;
const RETIRED_LEVELS = new Map<number, Level>([
	[RETIRED_PAIR, "pair"],
	[RETIRED_CLIENT, "client"],
	[RETIRED_ENDPOINT, "endpoint"],
]);

export function createKeptRows(
	format: LedgerFormat,
	labels: SlotLabels,
	clients: ClientTable,
	endpoints: EndpointTable,
	isConfigured: IsConfigured,
): KeptRows {
	const prefix = bytePlace(format.clientPrefix);
	/** Rows of which it shows only at the end of the poll whether they are on the page. */
	const waiting = createKeyList(format.keyBytes);
	const waitingTraffic: Sum[] = [];
	const toRetire = createKeyList(format.keyBytes);
	const retired = new Map<number, Record<Level, Sum>>();
	const keptEndpoints: TrafficTable = new Map();

	function clear(): void {
		waiting.clear();
		waitingTraffic.length = 0;
		toRetire.clear();
		retired.clear();
		keptEndpoints.clear();
	}

	function retire(slot: number, level: Level, { bytes, packets }: Sum): void {
		const sums = retired.get(slot) ?? noneRetired();
		retired.set(slot, sums);
		sums[level].bytes += bytes;
		sums[level].packets += packets;
	}

	function findClient(words: Uint32Array, at: number): number {
		const label = labels.labelOf(words[at + format.slot / 4] as number);
		const bits = ((words[at + prefix.word] as number) >>> prefix.shift) & 255;
		return clients.find(words, at + format.address / 4, bits, label);
	}

	function count(batch: RowBatch): void {
		const words = wordsOf(batch.keys);
		const values = wordsOf(batch.values);
		for (let i = 0; i < batch.count; i++) {
			const at = (i * format.keyBytes) / 4;
			const value = (i * format.valueBytes) / 4;
			const bytes = u64At(values, value + format.bytes / 4);
			countRow(batch.keys, words, at, { bytes, packets: u64At(values, value + format.packets / 4) });
		}
	}

	function countRow(keys: Buffer, words: Uint32Array, at: number, traffic: Sum): void {
		const level = words[at + format.level / 4] as number;
		const retiredLevel = RETIRED_LEVELS.get(level);
		if (retiredLevel !== undefined) retire(words[at + format.slot / 4] as number, retiredLevel, traffic);
		else if (level !== KEPT_CLIENT || !addToActive(findClient(words, at), traffic)) {
			waiting.push(keys, 4 * at);
			waitingTraffic.push(traffic);
		}
	}

	/** A client that has traffic in this poll has a pair in it: nearly all of them. */
	function addToActive(client: number, traffic: Sum): boolean {
		if (clients.packets[client] === 0) return false;
		return addToClient(client, traffic);
	}

	function addToClient(client: number, { packets }: Sum): boolean {
		if (client === NO_ROW) return false;
		clients.packets[client] = (clients.packets[client] as number) + packets;
		return true;
	}

	function settle(): Promise<void> {
		const words = wordsOf(waiting.keys);
		return inEqualSlices(waiting.count, ROWS_PER_SLICE, (from, to) => {
			for (let i = from; i < to; i++) settleRow(words, (i * format.keyBytes) / 4, waitingTraffic[i] as Sum);
		});
	}

	function settleRow(words: Uint32Array, at: number, traffic: Sum): void {
		const slot = words[at + format.slot / 4] as number;
		const ofClient = words[at + format.level / 4] === KEPT_CLIENT;
		const isOnPage = ofClient
			? addToClient(findClient(words, at), traffic)
			: addToEndpoint(slot, 4 * at, traffic);
		if (isOnPage) return;
		toRetire.push(waiting.keys, 4 * at);
		retire(slot, ofClient ? "client" : "endpoint", traffic);
	}

	function addToEndpoint(slot: number, offset: number, traffic: Traffic): boolean {
		const label = labels.labelOf(slot);
		const text = labels.texts[label] as string;
		const dip = format.endpointOf(waiting.keys, offset);
		if (endpoints.withName(label, dip) === undefined && !isConfigured(text, dip)) return false;
		addTraffic(keptEndpoints, text, dip, traffic);
		return true;
	}

	return {
		clear,
		count,
		settle,
		keysToRetire: toRetire.toBuffer,
		retiredOf: (slot) => retired.get(slot) ?? noneRetired(),
		endpoints: keptEndpoints,
	};
}

function noneRetired(): Record<Level, Sum> {
	const none = () => ({ bytes: 0, packets: 0 });
	return { pair: none(), client: none(), endpoint: none() };
}
