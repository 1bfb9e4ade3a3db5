/** One reading with equal names merged, and its traffic summed along each label of the page. */
import { type AddressSums, sumByAddress } from "./address-sums.ts";
import { numberTexts } from "./numbering.ts";
import { type PairTally, pairAt, tallyPairs } from "./pair-tally.ts";
import type { Reading, ServiceTotals } from "./reading.ts";
import { tallyServices } from "./service-tally.ts";
import type { PairRow, Traffic } from "./snapshot.ts";
import { NO_TRAFFIC, sumTraffic } from "./traffic-table.ts";

export interface Counted {
	/** By service key: label and protocol. */
	readonly totals: ReadonlyMap<string, ServiceTotals>;
	readonly tally: PairTally;
	readonly pairs: readonly PairRow[];
	/** Sums of the pairs, by service key. */
	readonly traffic: ReadonlyMap<string, Traffic>;
	readonly clients: AddressSums;
	readonly endpoints: AddressSums;
}

export function countReading(reading: Reading): Counted {
	const totals = tallyServices(reading.services);
	const tally = tallyPairs(reading);
	const labelOfService = tally.services.texts.map((key) => (totals.get(key) as ServiceTotals).label);
	const labels = numberTexts(labelOfService);
	const columns = { ...tally, labels, label: tally.service.map((service) => labels.numbers[service] ?? 0) };
	const pairs = pairRows(tally, labelOfService);
	return {
		totals,
		tally,
		pairs: labels.texts.length === labelOfService.length ? pairs : mergePairs(pairs),
		traffic: trafficByService(tally),
		clients: sumByAddress({ ...columns, address: tally.client }),
		endpoints: sumByAddress({ ...columns, address: tally.endpoint }),
	};
}

function pairRows(tally: PairTally, labelOfService: readonly string[]): PairRow[] {
	const rows: PairRow[] = [];
	for (let row = 0; row < tally.length; row++) {
		const { sip, dip, bytes, packets } = pairAt(tally, row);
		const service = labelOfService[tally.service[row] as number] as string;
		rows.push({ service, sip, dip, bytes, packets });
	}
	return rows;
}

/** Only a label that several protocols share can have a pair twice. */
function mergePairs(pairs: readonly PairRow[]): PairRow[] {
	const merged = new Map<string, PairRow>();
	for (const pair of pairs) {
		const key = JSON.stringify([pair.service, pair.sip, pair.dip]);
		merged.set(key, { ...pair, ...sumTraffic(merged.get(key) ?? NO_TRAFFIC, pair) });
	}
	return [...merged.values()];
}

function trafficByService(tally: PairTally): Map<string, Traffic> {
	const sums = tally.services.texts.map(() => ({ bytes: 0, packets: 0 }));
	for (let row = 0; row < tally.length; row++) {
		const sum = sums[tally.service[row] as number] as { bytes: number; packets: number };
		sum.bytes += tally.bytes[row] as number;
		sum.packets += tally.packets[row] as number;
	}
	return new Map(sums.map((sum, number) => [tally.services.texts[number] as string, sum]));
}
