/** Whether somebody keeps the clock right, from adjtimex(2). */
import { checkErrno } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";

/** struct timex is 208 bytes long on 64-bit machines. Its first field, modes, stays 0: nothing is set. */
const TIMEX_BYTES = 208;
const TIME_ERROR = 5;

export function isClockSynchronised(): boolean {
	return (
		checkErrno(getLibc().adjtimex(Buffer.alloc(TIMEX_BYTES)), "ask for the state of the clock") !== TIME_ERROR
	);
}
