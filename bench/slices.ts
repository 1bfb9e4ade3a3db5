/** How long work of this process holds its event loop at a time. */
import { threadCpuMs } from "./thread-cpu.mjs";

export interface Sliced {
	readonly durationMs: number;
	/** The longest that whatever waits for the loop would have waited. */
	readonly longestMs: number;
	/** The most that a slice took of a CPU: on a busy machine the one above also has what others took. */
	readonly longestCpuMs: number;
}

/** Turns of the loop that follow one another without a pause, so that none is missed. */
export async function slicesOf(work: () => Promise<unknown> | unknown): Promise<Sliced> {
	let isOver = false;
	let [longestMs, longestCpuMs] = [0, 0];
	const start = performance.now();
	let [last, lastCpu] = [start, threadCpuMs()];
	const look = () => {
		const [now, nowCpu] = [performance.now(), threadCpuMs()];
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
