/** make bench: every figure as a ratio or a difference against a peer in the same run. */
import { parseArgs } from "node:util";
import { APPLY } from "./apply.ts";
import { DECODE } from "./decode.ts";
import type { Figure, Setting } from "./figure.ts";
import { GOVERNOR } from "./governor.ts";
import { HOST_RULES } from "./host-rules.ts";
import { IDLE } from "./idle.ts";
import { INGEST } from "./ingest.ts";
import { LOOP } from "./loop.ts";
import { LOXILB } from "./loxilb.ts";
import { MEMORY } from "./memory.ts";
import { PACKETS } from "./packet-cost.ts";
import { PROBES } from "./probes.ts";
import { READ } from "./read.ts";
import { RENDER } from "./render.ts";
import { REPLAY } from "./replay.ts";
import { formatResult, type Measured, machineText, writeResults } from "./report.ts";
import { SCRAPERS_AT_ONCE } from "./scrapers.ts";
import { UDP } from "./udp-throughput.ts";
import { VETHS } from "./veths.ts";

const FIGURES: readonly Figure[] = [
	PACKETS,
	UDP,
	READ,
	DECODE,
	RENDER,
	REPLAY,
	GOVERNOR,
	LOOP,
	SCRAPERS_AT_ONCE,
	MEMORY,
	INGEST,
	APPLY,
	HOST_RULES,
	VETHS,
	IDLE,
	PROBES,
	LOXILB,
];

const { values: options } = parseArgs({
	options: {
		figure: { type: "string" },
		pairs: { type: "string", default: "1000000" },
		output: { type: "string", default: "dist/bench.json" },
	},
});

if (process.getuid?.() !== 0) fail("loading BPF programs needs root");
const setting: Setting = { pairs: Number(options.pairs) };
if (!(setting.pairs > 0)) fail(`there are ${options.pairs} pairs, expected a number`);

console.log(machineText(setting));
const measured: Measured[] = [];
for (const { name, measure } of chosen(options.figure)) {
	console.log(name);
	for (const result of await measure(setting)) {
		console.log(formatResult(result));
		measured.push({ figure: name, ...result });
	}
	await writeResults(options.output, setting, measured);
}
console.log(`written to ${options.output}`);

function chosen(name: string | undefined): readonly Figure[] {
	if (name === undefined) return FIGURES;
	const figure = FIGURES.find((candidate) => candidate.name === name);
	return figure
		? [figure]
		: fail(`there is no figure ${name}, expected one of ${FIGURES.map((f) => f.name).join(", ")}`);
}

function fail(why: string): never {
	console.error(`Cannot measure: ${why}`);
	process.exit(1);
}
