/** The unit that a developer adds: one metric family, and how to read it off the snapshot. */
import type { Snapshot } from "../model/snapshot.ts";

/** Adds one sample; label values in the order of `labels`. What is undefined stays off the page: absent, not zero. */
export type Emit = (value: number | undefined, ...labelValues: readonly string[]) => void;

export interface Family {
	readonly name: string;
	readonly type: "counter" | "gauge";
	readonly help: string;
	readonly labels: readonly string[];
	/** Heading in METRICS.md. */
	readonly section: string;
	samples(snapshot: Snapshot, emit: Emit): void;
}

export function inSection(section: string, families: readonly Omit<Family, "section">[]): readonly Family[] {
	return families.map((family) => ({ ...family, section }));
}
