/** The join needs ingress and egress on one CPU, and a test run takes the CPU of its caller. */
import koffi from "koffi";

const MASK_BYTES = 128;
const SCHED_FIFO = 1;
/** Threads that this one starts are ordinary ones. */
const SCHED_RESET_ON_FORK = 0x40000000;

/** Keeps this thread, the one that runs tests, where it is now. */
export function stayOnThisCpu(): void {
	const libc = koffi.load("libc.so.6");
	const cpu: number = libc.func("int sched_getcpu()")();
	const mask = Buffer.alloc(MASK_BYTES);
	mask[cpu >> 3] = 1 << (cpu & 7);
	const setAffinity = libc.func("int sched_setaffinity(int pid, size_t size, const uint8_t *mask)");
	const result: number = setAffinity(0, mask.length, mask);
	if (result !== 0) throw new Error(`Cannot stay on CPU ${cpu}: errno ${koffi.errno()}`);
	goFirst(libc);
}

/**
 * A note of ingress is valid for a few ticks: no other process shall come between. Where that is not allowed, as in some
 * containers, a busy machine may fail tests of the join.
 */
function goFirst(libc: ReturnType<typeof koffi.load>): void {
	const priority = Buffer.alloc(4);
	priority.writeInt32LE(1);
	const schedule = libc.func("int sched_setscheduler(int pid, int policy, const uint8_t *priority)");
	schedule(0, SCHED_FIFO | SCHED_RESET_ON_FORK, priority);
}
