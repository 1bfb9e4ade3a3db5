/** What counters of LoxiLB's said when they were last read: each counter keeps its count from one owner to the next. */
import { type MapRows, sumOverCpus } from "../../bpf/map.ts";
import type { Layout } from "../../bpf/struct.ts";

export interface Growth {
	readonly packets: number;
	readonly bytes: number;
}

export interface CounterShadow {
	/** What counter `number` has grown by, whose value is row `row`. One that is smaller was cleared, and counts from 0. */
	grown(number: number, rows: MapRows, row: number): Growth;
}

type CounterLayout = Layout<{ readonly packets: "u64"; readonly bytes: "u64" }>;

export function createCounterShadow(counters: number, layout: CounterLayout): CounterShadow {
	const last = { packets: new Float64Array(counters), bytes: new Float64Array(counters) };
	return {
		grown(number, rows, row) {
			const packets = sumOverCpus(rows, row, layout.packets);
			const bytes = sumOverCpus(rows, row, layout.bytes);
			const isCleared = packets < (last.packets[number] as number) || bytes < (last.bytes[number] as number);
			const before = {
				packets: isCleared ? 0 : (last.packets[number] as number),
				bytes: isCleared ? 0 : (last.bytes[number] as number),
			};
			last.packets[number] = packets;
			last.bytes[number] = bytes;
			return { packets: packets - before.packets, bytes: bytes - before.bytes };
		},
	};
}
