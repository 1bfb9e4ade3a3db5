/** Programs that work on rows which user space hands over: bpf/retire.h and bpf/carry.h. */
import { type MapDescription, updateBatch } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { writeU64 } from "../bpf/struct.ts";
import { runSyscall } from "../bpf/test-run.ts";
import type { Layouts } from "./layouts.ts";

const INBOX_OF = {
	mark_pairs: "inbox_rows",
	retire_pairs: "inbox_rows",
	retire_kept: "inbox_ledger",
	carry_flows: "inbox_flows",
	carry_notes: "inbox_notes",
	carry_pairs: "inbox_pairs",
	carry_ledger: "inbox_ledger",
	carry_cells: "inbox_cells",
} as const;
export type InboxProgram = keyof typeof INBOX_OF;

/** Those that take numbered steps. */
export type CarryProgram = "carry_pairs" | "carry_ledger" | "carry_cells";

/** INBOX_ROWS of bpf/inbox.h. */
export const INBOX_ROWS = 4096;

/** Any number of rows, in as many runs as it takes. Resolves with the number of rows that led to something. */
export async function runOnRows(
	object: BpfObject,
	program: InboxProgram,
	rows: Buffer,
	layouts: Layouts,
	argument = 0,
): Promise<number> {
	const stride = object.map(INBOX_OF[program]).valueSize;
	let done = 0;
	for (let at = 0; at < rows.length; at += INBOX_ROWS * stride) {
		done += await runStep(object, program, rows.subarray(at, at + INBOX_ROWS * stride), layouts, argument);
	}
	return done;
}

/** At most INBOX_ROWS rows. `argument`: see struct inbox_work. */
export async function runStep(
	object: BpfObject,
	program: InboxProgram,
	rows: Buffer,
	{ inboxWork }: Layouts,
	argument = 0,
): Promise<number> {
	const inbox = object.map(INBOX_OF[program]);
	const count = fillInbox(inbox, rows);
	const work = Buffer.alloc(inboxWork.size);
	work.writeUInt32LE(count, inboxWork.rows);
	writeU64(work, argument, inboxWork.argument);
	await runSyscall(object.program(program), work);
	return work.readUInt32LE(inboxWork.done);
}

const INDEXES = Buffer.from(Uint32Array.from({ length: INBOX_ROWS }, (_, index) => index).buffer);

function fillInbox(inbox: MapDescription, rows: Buffer): number {
	const count = rows.length / inbox.valueSize;
	updateBatch(inbox, INDEXES, rows, count);
	return count;
}

/** Keys one after another -> rows of the inbox `program` works on, without counts. */
export function rowsOfKeys(
	keys: Buffer,
	keyBytes: number,
	layout: { readonly size: number; readonly key: number },
): Buffer {
	const count = keys.length / keyBytes;
	const rows = Buffer.alloc(count * layout.size);
	for (let i = 0; i < count; i++) {
		keys.copy(rows, i * layout.size + layout.key, i * keyBytes, (i + 1) * keyBytes);
	}
	return rows;
}

/** Numbers of rows of pair_rows -> rows of `inbox_rows`. A copy: whoever chose them may choose others in the same place. */
export function rowsOfNumbers(numbers: Uint32Array): Buffer {
	return Buffer.from(Uint32Array.from(numbers).buffer);
}
