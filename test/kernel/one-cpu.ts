/** The join needs ingress and egress on one CPU, and a test run takes the CPU of its caller. */
import { setPriority } from "node:os";
import koffi from "koffi";

const MASK_BYTES = 128;

/** A note of ingress is valid for a few ticks: no other process shall come between. */
const FIRST = -20;

/** Keeps this thread, the one that runs tests, where it is now. */
export function stayOnThisCpu(): void {
	const libc = koffi.load("libc.so.6");
	const cpu: number = libc.func("int sched_getcpu()")();
	const mask = Buffer.alloc(MASK_BYTES);
	mask[cpu >> 3] = 1 << (cpu & 7);
	const setAffinity = libc.func("int sched_setaffinity(int pid, size_t size, const uint8_t *mask)");
	const result: number = setAffinity(0, mask.length, mask);
	setPriority(FIRST);
	if (result !== 0) throw new Error(`Cannot stay on CPU ${cpu}: errno ${koffi.errno()}`);
}
