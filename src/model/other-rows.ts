/** Rows of `sip="other"`: what has no client of its own, by service and endpoint. They are few. */
import type { ClientTable } from "./client-table.ts";
import { OTHER_CLIENTS } from "./client-text.ts";
import { setClient } from "./client-words.ts";
import type { Endpoint, EndpointTable } from "./endpoint-table.ts";
import type { PairColumns } from "./pair-columns.ts";
import type { PairKeys } from "./pair-keys.ts";
import type { RowChanges } from "./row-changes.ts";
import type { LabelParts } from "./series.ts";
import type { SlotLabels } from "./slot-labels.ts";

/** What a slot has counted of a row. */
interface Share {
	readonly row: number;
	/** In the table of endpoints. */
	readonly endpoint: number;
	/** Number of the poll that last told it. */
	poll: number;
}

/** A row is a series: of all slots with its label. */
interface OtherRow {
	readonly label: number;
	readonly client: number;
	readonly endpoint: Endpoint;
	shares: number;
}

export interface OtherRowsParts {
	/** The first of them, among the columns. */
	readonly first: number;
	readonly columns: PairColumns;
	readonly keys: PairKeys;
	readonly clients: ClientTable;
	readonly endpoints: EndpointTable;
	readonly labels: SlotLabels;
	readonly changes: Pick<RowChanges, "become" | "cease">;
}

export interface OtherRows {
	/** Rows are numbered below this. */
	readonly length: number;
	/** Begins the sums of a poll. */
	begin(poll: number): void;
	/** Told several times, it adds up. */
	count(slot: number, dip: string, packets: number, bytes: number): void;
	/** What this poll has not told is gone. */
	end(): void;
	/** See series.ts. */
	labels(row: number): readonly string[];
	/** The same, as the nth row of `parts`. */
	readPart(row: number, parts: LabelParts, nth: number): void;
}

const NO_ADDRESS = new Uint32Array(4);

export function createOtherRows(parts: OtherRowsParts): OtherRows {
	const { first, columns, keys, clients, endpoints, labels, changes } = parts;
	const { bytes, packets } = columns;
	/** By slot and `dip`. */
	const shares = new Map<string, Share>();
	const rows: (OtherRow | undefined)[] = [];
	/** By id of the endpoint: which one it is and of which label. */
	const rowOf = new Map<number, number>();
	const free: number[] = [];
	let poll = 0;

	function begin(number: number): void {
		poll = number;
		bytes.fill(0, first, first + rows.length);
		packets.fill(0, first, first + rows.length);
	}

	function count(slot: number, dip: string, morePackets: number, moreBytes: number): void {
		const { row, endpoint } = shareOf(slot, dip);
		const { client } = rows[row - first] as OtherRow;
		bytes[row] = (bytes[row] as number) + moreBytes;
		packets[row] = (packets[row] as number) + morePackets;
		clients.packets[client] = (clients.packets[client] as number) + morePackets;
		endpoints.bytes[endpoint] = (endpoints.bytes[endpoint] as number) + moreBytes;
		endpoints.packets[endpoint] = (endpoints.packets[endpoint] as number) + morePackets;
	}

	function shareOf(slot: number, dip: string): Share {
		const name = `${slot} ${dip}`;
		const share = shares.get(name) ?? enterShare(slot, labels.labelOf(slot), dip);
		shares.set(name, share);
		share.poll = poll;
		return share;
	}

	function enterShare(slot: number, label: number, dip: string): Share {
		const endpoint = endpoints.named(label, dip);
		const endpointRow = endpoints.add(keys.otherKey(slot, endpoint.id), slot, endpoint);
		endpoints.enter(endpointRow);
		const row = rowOf.get(endpoint.id) ?? enterRow(label, endpoint);
		(rows[row - first] as OtherRow).shares++;
		return { row, endpoint: endpointRow, poll };
	}

	function enterRow(label: number, endpoint: Endpoint): number {
		const row = free.pop() ?? first + rows.length;
		if (row >= bytes.length) {
			const expected = `expected at most ${bytes.length - first}`;
			throw new RangeError(`Cannot count traffic without clients: there are more endpoints, ${expected}`);
		}
		const hash = clients.hashOf(NO_ADDRESS, 0, OTHER_CLIENTS, label);
		const client = clients.enter(NO_ADDRESS, 0, OTHER_CLIENTS, label, 0, hash);
		rows[row - first] = { label, client, endpoint, shares: 0 };
		rowOf.set(endpoint.id, row);
		changes.become(row);
		return row;
	}

	function end(): void {
		for (const [name, share] of shares) {
			if (share.poll === poll) continue;
			shares.delete(name);
			endpoints.leave(share.endpoint);
			const other = rows[share.row - first] as OtherRow;
			if (--other.shares === 0) leaveRow(share.row, other);
		}
	}

	function leaveRow(row: number, { label, client, endpoint }: OtherRow): void {
		changes.cease(row);
		clients.leave(client, clients.hashOf(NO_ADDRESS, 0, OTHER_CLIENTS, label));
		rowOf.delete(endpoint.id);
		rows[row - first] = undefined;
		free.push(row);
	}

	function labelsOf(row: number): readonly string[] {
		const { client, endpoint } = rows[row - first] as OtherRow;
		return [...clients.labels(client), endpoint.dip];
	}

	function readPart(row: number, to: LabelParts, nth: number): void {
		const { label, endpoint } = rows[row - first] as OtherRow;
		to.services[nth] = label;
		to.endpoints[nth] = endpoint.id;
		setClient(to.clients, nth, NO_ADDRESS, 0, OTHER_CLIENTS);
	}

	return {
		get length() {
			return rows.length === 0 ? 0 : first + rows.length;
		},
		begin,
		count,
		end,
		labels: labelsOf,
		readPart,
	};
}
