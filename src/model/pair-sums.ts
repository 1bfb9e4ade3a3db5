/** What a table of pairs says in sum: all that a page needs besides the series themselves. */
import type { EndpointTable } from "./endpoint-table.ts";
import type { KeptRows } from "./kept-rows.ts";
import type { SlotLabels } from "./slot-labels.ts";
import type { RetiredTraffic, Traffic } from "./traffic.ts";
import { addTraffic, copyTable, type ReadonlyTrafficTable } from "./traffic-table.ts";

export interface SlotSums {
	/** Of the pair rows of this poll. */
	readonly live: Traffic;
	readonly retired: RetiredTraffic;
}

export interface PairSums {
	/** By service slot. */
	readonly slots: readonly SlotSums[];
	/** By label and endpoint: pair rows, and what was kept of pairs that are gone. */
	readonly endpoints: ReadonlyTrafficTable;
}

export function sumPairs(labels: SlotLabels, endpoints: EndpointTable, kept: KeptRows): PairSums {
	const live = Array.from({ length: labels.count }, () => ({ bytes: 0, packets: 0 }));
	const table = copyTable(kept.endpoints);
	endpoints.forEach((slot, { label, dip }, bytes, packets) => {
		const sum = live[slot] as { bytes: number; packets: number };
		sum.bytes += bytes;
		sum.packets += packets;
		addTraffic(table, labels.texts[label] as string, dip, { bytes, packets });
	});
	return { slots: live.map((sum, slot) => ({ live: sum, retired: kept.retiredOf(slot) })), endpoints: table };
}
