/**
 * What former sets hold, as steps: rows for one run of a program of bpf/carry.h. Nobody writes to these sets any more,
 * so that the same steps come in the same order should they have to be taken again.
 */
import { indexKey, lookup } from "../bpf/map.ts";
import { readU64 } from "../bpf/struct.ts";
import { cellRows, ledgerRows, pairRows, pendingRows, type RowBuffer } from "./carry-rows.ts";
import type { ClientPrefix } from "./client-prefix.ts";
import { type CarryProgram, INBOX_ROWS } from "./inbox.ts";
import { bindLastingLayouts, type Layouts } from "./layouts.ts";
import { type MapSet, mapOf } from "./map-sets.ts";

export interface Step {
	readonly program: CarryProgram;
	/** Rows of its inbox. */
	readonly rows: Buffer;
}

export interface CarryTarget {
	readonly layouts: Layouts;
	readonly clientPrefix: ClientPrefix;
}

/** Of all sets, oldest first. What a set has already taken over from those before it is left out. */
export async function* stepsOf(sets: readonly MapSet[], target: CarryTarget): AsyncGenerator<Step> {
	const newest = sets.at(-1);
	if (!newest) return;
	let taken = readU64(lookup(mapOf(newest, "carried"), indexKey(0)) ?? Buffer.alloc(8), 0);
	for await (const step of stepsOf(sets.slice(0, -1), target)) {
		if (taken > 0) taken--;
		else yield step;
	}
	yield* stepsOfSet(newest, target);
}

async function* stepsOfSet(set: MapSet, { layouts, clientPrefix }: CarryTarget): AsyncGenerator<Step> {
	const former = bindLastingLayouts(set.structs);
	yield* inSteps("carry_cells", await cellRows(set, layouts));
	// The retired ones first: see carry_ledger_row() in bpf/carry.h.
	const { retired, kept } = await ledgerRows(set, former, layouts);
	yield* inSteps("carry_ledger", retired);
	yield* inSteps("carry_ledger", kept);
	yield* inSteps("carry_pairs", await pairRows(set, "pairs", former, layouts));
	yield* inSteps("carry_pairs", await pairRows(set, "others", former, layouts));
	yield* inSteps("carry_pairs", await pendingRows(set, former, layouts, clientPrefix));
}

function* inSteps(program: CarryProgram, rows: RowBuffer): Generator<Step> {
	const bytes = INBOX_ROWS * rows.stride;
	for (let at = 0; at < rows.length; at += bytes) {
		yield { program, rows: rows.bytes.subarray(at, Math.min(at + bytes, rows.length)) };
	}
}
