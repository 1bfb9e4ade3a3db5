/** Results for people, and for a file that the next run can be compared with. */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { dirname } from "node:path";
import { type Goal, isMet, type Result, type Setting } from "./figure.ts";
import { formatSpread } from "./median.ts";

export interface Measured extends Result {
	readonly figure: string;
}

export function machineText({ pairs }: Setting): string {
	const [cpu] = cpus();
	return `kernel ${release()}, node ${process.version}, ${cpus().length} x ${cpu?.model ?? "CPU"}, ${pairs} pairs; median (minimum to maximum)`;
}

export function formatResult(result: Result): string {
	const { title, unit, spread, goal } = result;
	const value = `${formatSpread(spread)}${unit && ` ${unit}`}`;
	const verdict = goal && `  goal ${goalText(goal)}: ${isMet(result) ? "met" : "MISSED"}`;
	return `  ${title.padEnd(66)} ${value}${verdict ?? ""}`;
}

function goalText(goal: Goal): string {
	return "atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
}

/** JSON: the machine, then each result with whether its goal was met. */
export async function writeResults(
	path: string,
	setting: Setting,
	results: readonly Measured[],
): Promise<void> {
	const machine = { kernel: release(), node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model };
	const rows = results.map((result) => ({ ...result, met: isMet(result) }));
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, `${JSON.stringify({ machine, setting, results: rows }, undefined, "\t")}\n`);
}
