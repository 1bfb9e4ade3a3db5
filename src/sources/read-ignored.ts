/** Packets that could not be read, by reason. */
import { readFirst, sumOverCpus } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import type { NamedCount } from "../model/reading.ts";

/** In the order of enum ignored_reason. */
const REASONS = ["malformed", "fragment_without_first"] as const;

export function readIgnored(object: BpfObject): NamedCount[] {
	const rows = readFirst(object.map("ignored"), REASONS.length);
	return REASONS.map((name, i) => ({ name, count: sumOverCpus(rows, i, 0) }));
}
