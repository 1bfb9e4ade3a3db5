/** Endpoints of services: those that have a pair. The kernel may know one by several names, the page by one. */
import { createKeyIndex } from "./key-index.ts";

/** What the page calls an endpoint. */
export interface Endpoint {
	/** Number of the label `service`. */
	readonly label: number;
	readonly dip: string;
	/** Tells endpoints apart; never given twice. */
	readonly id: number;
	readonly rows: Set<number>;
	/** Of these, the rows of what the kernel calls it: with more than one, two pairs may be one series. */
	readonly names: Set<number>;
}

export interface EndpointTable {
	/** Sums of this poll, by row. */
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
	/** Row of the endpoint with this key, in which nothing but the endpoint and the slot differ; or NO_ROW. */
	find(key: Uint32Array): number;
	add(key: Uint32Array, slot: number, endpoint: Endpoint): number;
	/** Counts one pair more, or less; without pairs the row is gone. */
	enter(row: number): void;
	leave(row: number): void;
	endpointAt(row: number): Endpoint;
	/** The endpoint of this name, if it has a pair. */
	withName(label: number, dip: string): Endpoint | undefined;
	/** One that has no row yet. */
	named(label: number, dip: string): Endpoint;
	forEach(visit: (slot: number, endpoint: Endpoint, bytes: number, packets: number) => void): void;
	clear(): void;
}

export function createEndpointTable(capacity: number, keyWords: number): EndpointTable {
	const slotAt = keyWords;
	const pairsAt = keyWords + 1;
	const recordWords = keyWords + 2;
	const index = createKeyIndex(capacity, { keyWords, recordWords });
	const { records } = index;
	const bytes = new Float64Array(capacity);
	const packets = new Float64Array(capacity);
	const endpoints: (Endpoint | undefined)[] = [];
	const byName = new Map<string, Endpoint>();
	let lastId = 0;

	function forget(row: number): void {
		const endpoint = endpoints[row] as Endpoint;
		endpoint.rows.delete(row);
		endpoint.names.delete(row);
		if (endpoint.rows.size === 0) byName.delete(nameKey(endpoint.label, endpoint.dip));
		endpoints[row] = undefined;
		bytes[row] = 0;
		packets[row] = 0;
		index.remove(row);
	}

	return {
		bytes,
		packets,
		find: (key) => index.find(key, 0),
		add(key, slot, endpoint) {
			const row = index.add(key, 0, 0);
			records[row * recordWords + slotAt] = slot;
			records[row * recordWords + pairsAt] = 0;
			endpoints[row] = endpoint;
			endpoint.rows.add(row);
			byName.set(nameKey(endpoint.label, endpoint.dip), endpoint);
			return row;
		},
		enter(row) {
			const pairs = row * recordWords + pairsAt;
			records[pairs] = (records[pairs] as number) + 1;
		},
		leave(row) {
			const pairs = row * recordWords + pairsAt;
			records[pairs] = (records[pairs] as number) - 1;
			if (records[pairs] === 0) forget(row);
		},
		endpointAt: (row) => endpoints[row] as Endpoint,
		withName: (label, dip) => byName.get(nameKey(label, dip)),
		named(label, dip) {
			return (
				byName.get(nameKey(label, dip)) ?? { label, dip, id: ++lastId, rows: new Set(), names: new Set() }
			);
		},
		forEach(visit) {
			endpoints.forEach((endpoint, row) => {
				if (endpoint === undefined) return;
				const slot = records[row * recordWords + slotAt] as number;
				visit(slot, endpoint, bytes[row] as number, packets[row] as number);
			});
		},
		clear() {
			bytes.fill(0, 0, index.length);
			packets.fill(0, 0, index.length);
		},
	};
}

function nameKey(label: number, dip: string): string {
	return `${label} ${dip}`;
}
