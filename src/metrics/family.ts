/** The unit that a developer adds: one metric family, and where its series come from. */
import type { ClientSeries, SeriesTable } from "../model/series.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** Adds one sample; label values in the order of `labels`. What is undefined stays off the page: absent, not zero. */
export type Emit = (value: number | undefined, ...labelValues: readonly string[]) => void;

/** What LoxiLB's exporters call the same series, by the set of names; see names.ts. */
export interface Aliases {
	/** The canonical names of its current line: metric_names.go of its main branch. */
	readonly loxilb?: string;
	/** Those of its releases up to 0.9.8.8. Many are those of the contract. */
	readonly loxilb_legacy?: string;
}

interface Described {
	readonly name: string;
	readonly type: "counter" | "gauge";
	readonly help: string;
	readonly labels: readonly string[];
	readonly aliases?: Aliases;
}

interface InSection {
	/** Heading in METRICS.md. */
	readonly section: string;
}

/** Read off the snapshot anew for each page. */
interface Sampled extends Described {
	samples(snapshot: Snapshot, emit: Emit): void;
}

/** One series for each row of a table: lines that stay, in which only the digits change. */
interface OfPairs extends Described {
	readonly table: "pairs";
	readonly column: "bytes" | "packets";
}

interface OfClients extends Described {
	readonly table: "clients";
	readonly column: "packets";
}

type OfTable = OfPairs | OfClients;

export type SampledFamily = Sampled & InSection;
export type TableFamily = OfTable & InSection;
export type Family = SampledFamily | TableFamily;
export type FamilyWithoutSection = Sampled | OfTable;

export function inSection(section: string, families: readonly FamilyWithoutSection[]): readonly Family[] {
	return families.map((family) => ({ ...family, section }));
}

/** The values of its series, by row of its table. Families of clients are of packets alone. */
export function columnOf({ column }: TableFamily, table: ClientSeries | SeriesTable): Float64Array {
	return (table as SeriesTable)[column];
}
