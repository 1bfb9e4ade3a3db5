/** Whether somebody keeps the clock right, from adjtimex(2). */
import { getLibc } from "./libbpf.ts";

/** struct timex is 208 bytes long on 64-bit machines. Its first field, modes, stays 0: nothing is set. */
const TIMEX_BYTES = 208;
const TIME_ERROR = 5;

/** Undefined where a container may not ask. */
export function isClockSynchronised(): boolean | undefined {
	const state: number = getLibc().adjtimex(Buffer.alloc(TIMEX_BYTES));
	return state < 0 ? undefined : state !== TIME_ERROR;
}
