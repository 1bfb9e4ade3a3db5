/** What the kernel does with pairs, as simply as it can be said. The rules are those of bpf/count.h and bpf/retire.h. */
import {
	KEPT_CLIENT,
	KEPT_ENDPOINT,
	RETIRED_CLIENT,
	RETIRED_ENDPOINT,
	RETIRED_PAIR,
} from "../../src/model/pair-format.ts";
import {
	encodeLedgerKey,
	encodePairKey,
	type LedgerKey,
	ledgerBatch,
	type PairKey,
	type TestTable,
	type Traffic,
} from "./pair-batch.ts";

type Sum = { -readonly [Unit in keyof Traffic]: Traffic[Unit] };
type Row<Key> = Key & Sum & { leaving: boolean };

export class PlainKernel {
	/** By their keys in hexadecimal. */
	readonly pairs = new Map<string, Row<PairKey>>();
	readonly ledger = new Map<string, LedgerKey & Sum>();
	/** By slot and `dip`. */
	readonly others = new Map<string, { slot: number; dip: string } & Sum>();
	readonly totals: Sum[];
	readonly #capacity: number;

	constructor(slots: number, capacity: number) {
		this.totals = Array.from({ length: slots }, () => ({ packets: 0, bytes: 0 }));
		this.#capacity = capacity;
	}

	/** False when there was no room. */
	send(key: PairKey, dip: string, packets: number, bytes: number): boolean {
		addTo(this.totals[key.slot] as Sum, { packets, bytes });
		const name = encodePairKey(key).toString("hex");
		const known = this.pairs.get(name);
		if (known && !known.leaving) addTo(known, { packets, bytes });
		else if (known || this.pairs.size >= this.#capacity) this.#sendOther(key.slot, dip, { packets, bytes });
		else this.pairs.set(name, { ...key, packets, bytes, leaving: false });
		return known !== undefined || this.pairs.has(name);
	}

	#sendOther(slot: number, dip: string, traffic: Traffic): void {
		const other = this.others.get(`${slot} ${dip}`) ?? { slot, dip, packets: 0, bytes: 0 };
		this.others.set(`${slot} ${dip}`, other);
		addTo(other, traffic);
	}

	/** Rows of the table, as the governor gives them. */
	mark({ rows }: TestTable, chosen: Uint32Array): void {
		for (const row of chosen) (this.pairs.get(rows.nameAt(row)) as Row<PairKey>).leaving = true;
	}

	retireMarked(): void {
		for (const [name, { slot, client, prefix, endpoint, kind, leaving, ...traffic }] of this.pairs) {
			if (!leaving) continue;
			this.pairs.delete(name);
			const { packets, bytes } = traffic;
			this.#book({ level: RETIRED_PAIR, slot, address: "", kind: 0, prefix: 0 }, { packets, bytes });
			this.#book({ level: KEPT_CLIENT, slot, address: client, kind: 0, prefix }, { packets, bytes });
			this.#book({ level: KEPT_ENDPOINT, slot, address: endpoint, kind, prefix: 0 }, { packets, bytes });
		}
	}

	#book(key: LedgerKey, traffic: Traffic): void {
		const name = encodeLedgerKey(key).toString("hex");
		const row = this.ledger.get(name) ?? { ...key, packets: 0, bytes: 0 };
		this.ledger.set(name, row);
		addTo(row, traffic);
	}

	retireKept(keys: Buffer): void {
		for (const name of split(keys, 28)) {
			const { level, slot, packets, bytes } = this.ledger.get(name) as LedgerKey & Sum;
			this.ledger.delete(name);
			const to = level === KEPT_CLIENT ? RETIRED_CLIENT : RETIRED_ENDPOINT;
			this.#book({ level: to, slot, address: "", kind: 0, prefix: 0 }, { packets, bytes });
		}
	}

	/** One poll, as the source does it. `tell`: only so many rows, and then it breaks off. */
	async poll(table: TestTable, labels: readonly string[], together: number, tell = Infinity): Promise<void> {
		this.retireMarked();
		table.rows.hold([...this.pairs.values()]);
		table.begin(labels);
		table.rows.tell(table, { to: tell, together });
		if (tell < Infinity) return;
		for (const { slot, dip, packets, bytes } of this.others.values())
			table.countOther(slot, dip, packets, bytes);
		table.countKept(ledgerBatch([...this.ledger.values()]));
		await table.end();
		this.retireKept(table.keptToRetire());
	}
}

function addTo(sum: Sum, { packets, bytes }: Traffic): void {
	sum.packets += packets;
	sum.bytes += bytes;
}

function split(keys: Buffer, keyBytes: number): string[] {
	return Array.from({ length: keys.length / keyBytes }, (_, i) =>
		keys.toString("hex", i * keyBytes, (i + 1) * keyBytes),
	);
}
