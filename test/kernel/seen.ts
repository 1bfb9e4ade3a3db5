/** A Reading in the words of the tests: what is zero is left out. */
import type { Reading } from "../../src/model/reading.ts";
import type { SeriesTable } from "../../src/model/series.ts";
import type { TestPath, TestReading } from "./test-path.ts";

/** Of any source. */
type Told = Omit<Reading, "pairs">;

export interface Traffic {
	readonly packets: number;
	readonly bytes: number;
}

/** By service, from the kernel's totals. */
export function trafficOf({ services }: Told): Record<string, Traffic> {
	const counted = services.filter(({ packets, bytes }) => packets > 0 || bytes > 0);
	return Object.fromEntries(counted.map(({ label, packets, bytes }) => [label, { packets, bytes }]));
}

export function requestsOf({ services }: Told): number {
	return services.reduce((sum, { requests }) => sum + requests, 0);
}

/** One text for each error, as "refused by endpoint". */
export function errorsOf({ services }: Told): string[] {
	return services.flatMap(({ errors }) =>
		errors.flatMap(({ reason, origin, count }) => Array<string>(count).fill(`${reason} by ${origin}`)),
	);
}

export function ignoredOf({ ignoredPackets }: Told): Record<string, number> {
	return Object.fromEntries(
		ignoredPackets.filter(({ count }) => count > 0).map(({ name, count }) => [name, count]),
	);
}

export interface Pair extends Traffic {
	readonly service: string;
	readonly client: string;
	readonly endpoint: string;
}

export function pairsOf({ pairs }: TestReading): readonly Pair[] {
	return pairs;
}

/** The series of a table, followed over its changes. */
export function followSeries(table: SeriesTable): () => Pair[] {
	const live = new Set<number>();
	return () => {
		for (const { gone, come } of table.takeChanges()) {
			for (const row of gone) live.delete(row);
			for (const row of come) live.add(row);
		}
		return [...live].map((row) => {
			const [service = "", client = "", endpoint = ""] = table.labels(row);
			const packets = table.packets[row] ?? 0;
			return { service, client, endpoint, packets, bytes: table.bytes[row] ?? 0 };
		});
	};
}

/** Endpoint of each flow, as far as it is known. */
export async function endpointsOf(path: TestPath): Promise<unknown[]> {
	return (await path.rowsOf("flows")).map(({ endpoint }) => endpoint);
}
