/**
 * Fails when a BPF program has grown much against bpf/instruction-budget.json; with --accept writes the file anew. What the
 * verifier looked at is only known of a loaded program: without the rights to load it, that is not compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { missingCapabilities } from "../src/bpf/kernel-error.ts";
import { BpfObject, DATA_PATH_OBJECT, NETFILTER_OBJECT } from "../src/bpf/object.ts";
import { verifiedInstructions } from "../src/bpf/program-stats.ts";
import { type Budget, findExcesses } from "./budget/compare.ts";
import { programSizes } from "./budget/program-sizes.ts";

const FILE = new URL("../bpf/instruction-budget.json", import.meta.url);

const OBJECTS = [DATA_PATH_OBJECT, NETFILTER_OBJECT];
const missing = missingCapabilities();
const sizes = measure();

if (process.argv.includes("--accept")) accept();
else compare();

function accept(): void {
	if (missing.length > 0) throw new Error(`Cannot load the BPF programs: missing ${missing.join(", ")}`);
	writeFileSync(FILE, `${JSON.stringify(sizes, null, "\t")}\n`);
}

function compare(): void {
	const budget: Budget = JSON.parse(readFileSync(FILE, "utf8"));
	if (missing.length > 0) console.log("lint: verified instructions are not compared: that needs root");
	const excesses = findExcesses(budget, sizes);
	for (const excess of excesses) console.error(excess);
	if (excesses.length === 0) return;
	console.error('If that is worth it, accept the sizes with "make budget" (root) and commit the file.');
	process.exitCode = 1;
}

function measure(): Budget {
	const verified = missing.length > 0 ? new Map<string, number>() : new Map(OBJECTS.flatMap(verify));
	const programs = OBJECTS.flatMap((object) => [...programSizes(object)]);
	return Object.fromEntries(
		programs.map(([name, instructions]) => [name, { instructions, verified: verified.get(name) }]),
	);
}

function verify(path: string): [string, number][] {
	const object = new BpfObject(path);
	try {
		return object.programs().map((program) => [program.name, verifiedInstructions(program)]);
	} finally {
		object.close();
	}
}
