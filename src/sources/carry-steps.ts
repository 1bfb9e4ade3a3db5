/**
 * What former sets hold, as steps: rows for one run of a program of bpf/carry.h. Nobody writes to these sets any more,
 * so that the same steps come in the same order should they have to be taken again.
 */
import { indexKey, lookup } from "../bpf/map.ts";
import { readU64 } from "../bpf/struct.ts";
import { cellRows, ledgerRows, otherRows, pairRows, pendingRows, type RowBuffer } from "./carry-rows.ts";
import type { ClientPrefix } from "./client-prefix.ts";
import { type CarryProgram, INBOX_ROWS } from "./inbox.ts";
import type { Structs } from "./lasting-maps.ts";
import type { Layouts } from "./layouts.ts";
import type { Former } from "./map-sets.ts";

export interface Step {
	readonly program: CarryProgram;
	/** Rows of its inbox. */
	readonly rows: Buffer;
}

export interface CarryTarget {
	readonly structs: Structs;
	readonly layouts: Layouts;
	readonly clientPrefix: ClientPrefix;
}

/** Of all sets, oldest first. What a set has already taken over from those before it is left out. */
export async function* stepsOf(sets: readonly Former[], target: CarryTarget): AsyncGenerator<Step> {
	const newest = sets.at(-1);
	if (!newest) return;
	let taken = stepsTaken(newest);
	for await (const step of stepsOf(sets.slice(0, -1), target)) {
		if (taken > 0) taken--;
		else yield step;
	}
	yield* stepsOfSet(newest, target);
}

function stepsTaken({ maps }: Former): number {
	const carried = maps.get("carried");
	const row = carried && lookup(carried, indexKey(0));
	return row ? readU64(row, 0) : 0;
}

async function* stepsOfSet(
	set: Former,
	{ structs, layouts, clientPrefix }: CarryTarget,
): AsyncGenerator<Step> {
	yield* inSteps("carry_cells", await cellRows(set, structs, layouts));
	// The retired ones first: see carry_ledger_row() in bpf/carry.h.
	const { retired, kept } = await ledgerRows(set, layouts);
	yield* inSteps("carry_ledger", retired);
	yield* inSteps("carry_ledger", kept);
	yield* inSteps("carry_pairs", await pairRows(set, layouts));
	yield* inSteps("carry_pairs", await otherRows(set, layouts));
	yield* inSteps("carry_pairs", await pendingRows(set, layouts, clientPrefix));
}

function* inSteps(program: CarryProgram, rows: RowBuffer): Generator<Step> {
	const bytes = INBOX_ROWS * rows.stride;
	for (let at = 0; at < rows.length; at += bytes) {
		yield { program, rows: rows.bytes.subarray(at, Math.min(at + bytes, rows.length)) };
	}
}
