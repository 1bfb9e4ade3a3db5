/** The per-slot maps: totals, overflow, errors. */
import { type MapRows, sumOverCpus } from "../bpf/map.ts";
import { readU64 } from "../bpf/struct.ts";
import { ERROR_ORIGINS, ERROR_REASONS, type ErrorCount } from "../model/reading.ts";
import type { Traffic } from "../model/snapshot.ts";
import type { Layouts } from "./layouts.ts";

export function trafficOverCpus(
	rows: MapRows,
	row: number,
	offset: number,
	layout: Layouts["traffic"],
): Traffic {
	return {
		packets: sumOverCpus(rows, row, offset + layout.packets),
		bytes: sumOverCpus(rows, row, offset + layout.bytes),
	};
}

/** The errors that have occurred. The first reason of the kernel's table is none: see enum error_reason. */
export function errorsOf(rows: MapRows, slot: number): ErrorCount[] {
	const start = slot * rows.valueStride + ERROR_ORIGINS.length * 8;
	return ERROR_REASONS.flatMap((reason, r) =>
		ERROR_ORIGINS.map((origin, o) => ({
			reason,
			origin,
			count: readU64(rows.values, start + (r * ERROR_ORIGINS.length + o) * 8),
		})),
	).filter(({ count }) => count > 0);
}
