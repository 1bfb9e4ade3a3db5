/** A node with thousands of pods: interfaces: auto over so many veths, in namespaces of their own. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { run } from "../scripts/lab/run.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { toMegabytes } from "./process-use.ts";
import type { Sliced } from "./slices.ts";
import type { VethsReport } from "./veths-inside.ts";

const COUNTS = [1000, 4000];
const NODE = "lbs-bench-node";
const PODS = "lbs-bench-pods";
const GOAL_MS = 10;

export const VETHS: Figure = {
	name: "veths",
	async measure() {
		const results: Result[] = [];
		for (const count of COUNTS) results.push(...resultsOf(count, await measureOnce(count)));
		return results;
	},
};

async function measureOnce(count: number): Promise<VethsReport> {
	await removeNamespaces();
	try {
		for (const netns of [NODE, PODS]) await run(["ip", "netns", "add", netns]);
		await makeVeths(0, count);
		return await attachInside(count);
	} finally {
		await removeNamespaces();
	}
}

async function removeNamespaces(): Promise<void> {
	for (const netns of [NODE, PODS]) await run(["ip", "netns", "delete", netns]).catch(() => {});
}

async function makeVeths(from: number, to: number): Promise<void> {
	const lines = Array.from({ length: to - from }, (_, i) => {
		const name = `v${from + i}`;
		return `link add ${name} type veth peer name ${name} netns ${PODS}\nlink set ${name} up\n`;
	});
	await run(["ip", "-n", NODE, "-batch", "-"], lines.join(""));
}

async function attachInside(count: number): Promise<VethsReport> {
	const script = fileURLToPath(new URL("veths-inside.ts", import.meta.url));
	const child = fork(script, {
		execPath: "nsenter",
		execArgv: [`--net=/run/netns/${NODE}`, process.execPath, "--import", "tsx"],
	});
	await once(child, "message");
	const tenth = Array.from({ length: count / 10 }, (_, i) => `link delete v${i}\n`);
	await run(["ip", "-n", NODE, "-batch", "-"], tenth.join(""));
	await makeVeths(0, count / 10);
	child.send("again");
	const [report] = (await once(child, "message")) as [VethsReport];
	if (child.exitCode === null) await once(child, "exit");
	return report;
}

function resultsOf(count: number, report: VethsReport): Result[] {
	if (report.attached !== count)
		throw new Error(`Cannot measure: ${report.attached} of ${count} are attached`);
	const megabytes = (bytes: number) => spreadOf([toMegabytes(bytes)]);
	return [
		...timesOf(`attaching to ${count} veths`, report.attach),
		...timesOf(`  looking at them again, as each second`, report.look),
		...timesOf(`  a tenth of them made anew`, report.again),
		{ title: "  memory of the exporter", unit: "MB", spread: megabytes(report.residentBytes) },
	];
}

function timesOf(title: string, { durationMs, longestMs, longestCpuMs }: Sliced): Result[] {
	return [
		{ title, unit: "ms", spread: spreadOf([durationMs]) },
		{ title: "    longest slice on the event loop", unit: "ms", spread: spreadOf([longestMs]) },
		{ title: "    of a CPU", unit: "ms", spread: spreadOf([longestCpuMs]), goal: { atMost: GOAL_MS } },
	];
}
