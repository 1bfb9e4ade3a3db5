/**
 * Loaded into the exporter before it starts: SIGUSR2 begins to watch its event loop, another one ends that and writes what
 * was seen to the file $LBSCOPE_PROBE, as [Unix time in ms, ms that the loop was late, ms of CPU since the one before] of
 * every timer.
 */
import { renameSync, writeFileSync } from "node:fs";
import { threadCpuMs } from "./thread-cpu.mjs";

/** As often as timers can. */
const PERIOD_MS = 1;

const path = process.env.LBSCOPE_PROBE ?? "";
let timer;
let samples = [];

process.on("SIGUSR2", () => (timer === undefined ? begin() : end()));

function begin() {
	samples = [];
	let [last, lastCpu] = [performance.now(), threadCpuMs()];
	timer = setInterval(() => {
		const [now, nowCpu] = [performance.now(), threadCpuMs()];
		samples.push([performance.timeOrigin + now, Math.max(0, now - last - PERIOD_MS), nowCpu - lastCpu]);
		[last, lastCpu] = [now, nowCpu];
	}, PERIOD_MS);
}

function end() {
	clearInterval(timer);
	timer = undefined;
	// Whole or not at all: somebody waits for it.
	writeFileSync(`${path}.part`, JSON.stringify(samples));
	renameSync(`${path}.part`, path);
}
