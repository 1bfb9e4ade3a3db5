/** A page as one JSON object: every family with its series, and what was read. */
import { CATALOGUE } from "../metrics/catalogue.ts";
import { columnOf, type Family, type TableFamily } from "../metrics/family.ts";
import type { ClientSeries, SeriesTable, Tables } from "../model/series.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { ReplayCounts } from "../replay/replay-counts.ts";

interface Series {
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

export function pageAsJson(snapshot: Snapshot, tables: Tables, counts: ReplayCounts): string {
	const { packets, bytes, seconds, snapped, superPackets, notIp, copies, refused } = counts;
	const rows = { pairs: rowsOf(tables.pairs), clients: rowsOf(tables.clients) };
	const metrics = CATALOGUE.map((family) => {
		const { name, type, help } = family;
		const series =
			"table" in family
				? seriesOfTable(family, tables[family.table], rows[family.table])
				: seriesOf(family, snapshot);
		return { name, type, help, series };
	});
	const capture = {
		packets,
		bytes,
		seconds,
		snapped,
		super_packets: superPackets,
		not_ip: notIp,
		copies,
		refused,
	};
	return `${JSON.stringify({ capture, metrics: metrics.filter(({ series }) => series.length > 0) }, undefined, "\t")}\n`;
}

/** All rows that are series, which a table tells by its changes: read once. */
function rowsOf(table: SeriesTable | ClientSeries): readonly number[] {
	return [...table.takeChanges()].flatMap(({ come }) => [...come]);
}

function seriesOf(family: Exclude<Family, TableFamily>, snapshot: Snapshot): Series[] {
	const series: Series[] = [];
	family.samples(snapshot, (value, ...labels) => {
		if (value !== undefined) series.push({ labels: named(family, labels), value });
	});
	return series;
}

function seriesOfTable(
	family: TableFamily,
	table: SeriesTable | ClientSeries,
	rows: readonly number[],
): Series[] {
	const values = columnOf(family, table);
	return rows.map((row) => ({
		labels: named(family, table.labels(row)),
		value: values[row] as number,
	}));
}

function named({ labels }: Family, values: readonly string[]): Record<string, string> {
	return Object.fromEntries(labels.map((name, i) => [name, values[i] ?? ""]));
}
