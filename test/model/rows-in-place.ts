/** Rows of pairs as the kernel keeps them: a pair stays in its row, and a row that came free is given again. */
import type { PairTable } from "../../src/model/pair-table.ts";
import { encodePairKey, PAIRS, type PairKey, type Traffic } from "./pair-batch.ts";

export type Pair = PairKey & Traffic & { readonly leaving?: boolean };

export class RowsInPlace {
	readonly words: Uint32Array;
	readonly #bytes: Buffer;
	/** By key in hexadecimal. */
	readonly #rows = new Map<string, number>();
	readonly #free: number[] = [];
	#used = 0;

	constructor(capacity: number) {
		this.words = new Uint32Array((capacity * PAIRS.rowBytes) / 4);
		this.#bytes = Buffer.from(this.words.buffer);
	}

	/** From now on these are the pairs. One that counts less than before has left and come back. */
	hold(pairs: readonly Pair[]): void {
		const names = new Set(pairs.map(nameOf));
		for (const name of this.#rows.keys()) if (!names.has(name)) this.#leave(name);
		for (const pair of pairs) this.#write(pair);
	}

	/** All rows, or those of a poll that breaks off before row `to`; so many at a time. */
	tell(table: Pick<PairTable, "count">, { to = Number.POSITIVE_INFINITY, together = 3 } = {}): void {
		const end = Math.min(to, this.#used);
		for (let from = 0; from < end; from += together) table.count(from, Math.min(from + together, end));
	}

	/** Key of the pair in this row, in hexadecimal. */
	nameAt(row: number): string {
		return this.#bytes.toString("hex", ...this.#keyAt(row));
	}

	#keyAt(row: number): [number, number] {
		const start = row * PAIRS.rowBytes + PAIRS.key;
		return [start, start + PAIRS.keyBytes];
	}

	#versionAt(row: number): number {
		return row * PAIRS.rowBytes + PAIRS.version;
	}

	#write(pair: Pair): void {
		const name = nameOf(pair);
		const at = (this.#rows.get(name) ?? 0) * PAIRS.rowBytes;
		if (this.#rows.has(name) && this.#bytes.readBigUInt64LE(at + PAIRS.bytes) > pair.bytes) this.#leave(name);
		const row = this.#rows.get(name) ?? this.#enter(pair);
		this.#count(row * PAIRS.rowBytes, pair);
	}

	#count(at: number, { packets, bytes, leaving }: Pair): void {
		this.#bytes.writeBigUInt64LE(BigInt(packets), at + PAIRS.packets);
		this.#bytes.writeBigUInt64LE(BigInt(bytes), at + PAIRS.bytes);
		this.#bytes.writeUInt32LE(leaving ? 1 : 0, at + PAIRS.leaving);
	}

	#enter(pair: Pair): number {
		const row = this.#free.pop() ?? this.#used++;
		this.#rows.set(nameOf(pair), row);
		this.#bytes.set(encodePairKey(pair), this.#keyAt(row)[0]);
		this.#changeVersion(row);
		return row;
	}

	/** What it leaves behind must not be read. */
	#leave(name: string): void {
		const row = this.#rows.get(name) as number;
		this.#rows.delete(name);
		this.#free.push(row);
		const version = this.#bytes.readUInt32LE(this.#versionAt(row));
		this.#bytes.fill(0xff, row * PAIRS.rowBytes, (row + 1) * PAIRS.rowBytes);
		this.#bytes.writeUInt32LE(version + 1, this.#versionAt(row));
	}

	#changeVersion(row: number): void {
		const at = this.#versionAt(row);
		this.#bytes.writeUInt32LE(this.#bytes.readUInt32LE(at) + 1, at);
	}
}

function nameOf(key: PairKey): string {
	return encodePairKey(key).toString("hex");
}
