/** CPU time of the calling thread. Not TypeScript: probe.mjs brings it into an exporter that is started without a compiler. */
import koffi from "koffi";

const CLOCK_THREAD_CPUTIME_ID = 3;
const clock = koffi.load("libc.so.6").func("int clock_gettime(int clock, uint8_t *time)");
const time = Buffer.alloc(16);

/** In ms. */
export function threadCpuMs() {
	clock(CLOCK_THREAD_CPUTIME_ID, time);
	return 1e3 * Number(time.readBigInt64LE(0)) + Number(time.readBigInt64LE(8)) / 1e6;
}
