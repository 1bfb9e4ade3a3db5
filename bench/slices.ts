/** How long work of this process holds its event loop at a time. */
import koffi from "koffi";

export interface Sliced {
	readonly durationMs: number;
	/** The longest that whatever waits for the loop would have waited. */
	readonly longestMs: number;
	/** The most that a slice took of a CPU: on a busy machine the one above also has what others took. */
	readonly longestCpuMs: number;
}

const CLOCK_THREAD_CPUTIME_ID = 3;
const clock = koffi.load("libc.so.6").func("int clock_gettime(int clock, uint8_t *time)");

function cpuMs(): number {
	const time = Buffer.alloc(16);
	clock(CLOCK_THREAD_CPUTIME_ID, time);
	return 1e3 * Number(time.readBigInt64LE(0)) + Number(time.readBigInt64LE(8)) / 1e6;
}

/** Turns of the loop that follow one another without a pause, so that none is missed. */
export async function slicesOf(work: () => Promise<unknown> | unknown): Promise<Sliced> {
	let isOver = false;
	let [longestMs, longestCpuMs] = [0, 0];
	const start = performance.now();
	let [last, lastCpu] = [start, cpuMs()];
	const look = () => {
		const [now, nowCpu] = [performance.now(), cpuMs()];
		longestMs = Math.max(longestMs, now - last);
		longestCpuMs = Math.max(longestCpuMs, nowCpu - lastCpu);
		[last, lastCpu] = [now, nowCpu];
		if (!isOver) setImmediate(look);
	};
	setImmediate(look);
	await work();
	const durationMs = performance.now() - start;
	isOver = true;
	look();
	return { durationMs, longestMs, longestCpuMs };
}
