/** What counters of LoxiLB's said when they were last read: each counter keeps its count from one owner to the next. */
import type { MapRows } from "../../bpf/map.ts";
import type { Layout } from "../../bpf/struct.ts";
import { wordsOf } from "../../model/words.ts";

export interface CounterShadow {
	/** What advance() is about from now on. */
	take(rows: MapRows): void;
	/** Counter `number`, whose value is row `row`, has grown by what is below. One that is smaller was cleared, and counts from 0. */
	advance(number: number, row: number): void;
	readonly grown: { packets: number; bytes: number };
}

type CounterLayout = Layout<{ readonly packets: "u64"; readonly bytes: "u64" }>;

export function createCounterShadow(counters: number, layout: CounterLayout): CounterShadow {
	const last = { packets: new Float64Array(counters), bytes: new Float64Array(counters) };
	const [packetsAt, bytesAt] = [layout.packets / 4, layout.bytes / 4];
	// One for all: a poll reads hundreds of thousands of counters.
	const grown = { packets: 0, bytes: 0 };
	let words: Uint32Array = new Uint32Array(0);
	let [stride, cpuStride] = [0, 0];

	function sumOverCpus(row: number, at: number): number {
		let sum = 0;
		const end = (row + 1) * stride;
		// One CPU may take off what another has added: the upper word is signed.
		for (let i = row * stride + at; i < end; i += cpuStride)
			sum += ((words[i + 1] as number) | 0) * 2 ** 32 + (words[i] as number);
		return sum;
	}

	return {
		take(rows) {
			words = wordsOf(rows.values);
			[stride, cpuStride] = [rows.valueStride / 4, rows.cpuStride / 4];
		},
		advance(number, row) {
			const packets = sumOverCpus(row, packetsAt);
			const bytes = sumOverCpus(row, bytesAt);
			const packetsBefore = last.packets[number] as number;
			const bytesBefore = last.bytes[number] as number;
			const isCleared = packets < packetsBefore || bytes < bytesBefore;
			last.packets[number] = packets;
			last.bytes[number] = bytes;
			grown.packets = isCleared ? packets : packets - packetsBefore;
			grown.bytes = isCleared ? bytes : bytes - bytesBefore;
		},
		grown,
	};
}
