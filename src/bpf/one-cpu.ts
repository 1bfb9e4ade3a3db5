/** One CPU for this thread: a test run takes the CPU of its caller, and what ingress notes is found on the same one only. */
import koffi from "koffi";
import { getLibc } from "./libbpf.ts";

/** sizeof(cpu_set_t) */
const MASK_BYTES = 128;

/** Until the function that it gives is called. */
export function stayOnThisCpu(): () => void {
	const { sched_getcpu, sched_getaffinity, sched_setaffinity } = getLibc();
	const before = Buffer.alloc(MASK_BYTES);
	const cpu: number = sched_getcpu();
	const mask = Buffer.alloc(MASK_BYTES);
	mask[cpu >> 3] = 1 << (cpu & 7);
	if (sched_getaffinity(0, MASK_BYTES, before) < 0 || sched_setaffinity(0, MASK_BYTES, mask) !== 0)
		throw new Error(`Cannot stay on CPU ${cpu}: errno ${koffi.errno()}`);
	return () => sched_setaffinity(0, MASK_BYTES, before);
}
