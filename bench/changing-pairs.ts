/** Pairs that all count from poll to poll, and some come and go: in any row, as clients do that know nothing of each other. */
import { readStructs } from "../src/bpf/object.ts";
import {
	bindLayouts,
	type PairLayouts,
	type PairMaps,
	removeRows,
	setUsed,
	writeCounts,
	writeKey,
	writeRows,
} from "./pairs.ts";

/** One in so many gives way to another. */
const CHURN = 20;

export interface ChangingPairs {
	/** One of twenty pairs gives way to a new one, and all count. */
	change(): void;
	/** All count. */
	count(): void;
}

/** Fills the maps. */
export function fillPairs(maps: PairMaps, pairs: number): ChangingPairs {
	const layouts = bindLayouts(readStructs());
	const rows = new RowsOfPairs(pairs, layouts);
	let next = 0;
	let changes = 0;
	const count = () => {
		rows.count();
		writeRows(maps.rows, rows.numbers, rows.bytes);
	};
	const enter = (entering: Uint32Array) => {
		for (const row of entering) rows.hold(row, next++);
		writeRows(maps.pairs, rows.keysOf(entering), Buffer.from(entering.buffer));
	};
	enter(everyRow(pairs, 0, 1));
	count();
	setUsed(maps, pairs, layouts);
	return {
		count,
		change() {
			const leaving = everyRow(pairs, changes++ % CHURN, CHURN);
			removeRows(maps.pairs, rows.keysOf(leaving));
			enter(leaving);
			count();
		},
	};
}

function everyRow(count: number, first: number, step: number): Uint32Array {
	return Uint32Array.from({ length: Math.ceil((count - first) / step) }, (_, i) => first + i * step);
}

/** What the kernel's array is to hold. */
class RowsOfPairs {
	readonly bytes: Buffer;
	readonly numbers: Buffer;
	readonly #layouts: PairLayouts;
	readonly #pairs: Float64Array;
	#round = 0;

	constructor(count: number, layouts: PairLayouts) {
		this.bytes = Buffer.alloc(count * layouts.pair.size);
		this.numbers = Buffer.from(everyRow(count, 0, 1).buffer);
		this.#layouts = layouts;
		this.#pairs = new Float64Array(count);
	}

	/** The pair that it held, if any, has left. */
	hold(row: number, pair: number): void {
		const { pair: layout, pairKey } = this.#layouts;
		const at = row * layout.size;
		const version = this.bytes.readUInt32LE(at + layout.version);
		this.bytes.writeUInt32LE(version === 0 ? 1 : version + 2, at + layout.version);
		this.#pairs[row] = pair;
		writeKey(this.bytes, at + layout.key, pair, pairKey);
	}

	count(): void {
		const { pair: layout, traffic } = this.#layouts;
		this.#round++;
		for (let row = 0; row < this.#pairs.length; row++) {
			const at = row * layout.size + layout.traffic;
			writeCounts(this.bytes, at, this.#pairs[row] as number, this.#round, traffic);
		}
	}

	keysOf(rows: Uint32Array): Buffer {
		const { pair: layout, pairKey } = this.#layouts;
		const keys = Buffer.alloc(rows.length * pairKey.size);
		rows.forEach((row, i) => {
			const from = row * layout.size + layout.key;
			this.bytes.copy(keys, i * pairKey.size, from, from + pairKey.size);
		});
		return keys;
	}
}
