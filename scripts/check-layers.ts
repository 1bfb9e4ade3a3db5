/** Who may import whom. A folder may always import itself; a file at the top of src/ is a folder of its own. */
import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, normalize } from "node:path";

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
	"main.ts": ["*"],
	commands: ["*"],
	"poller.ts": ["sources", "model", "metrics"],
	self: ["model", "prom-client"],
	"cli.ts": [],
	"log.ts": [],
	config: ["model", "yaml", "zod"],
	sources: ["bpf", "model"],
	discovery: ["bpf", "model"],
	health: ["bpf", "model"],
	system: ["bpf", "model"],
	replay: ["bpf", "model"],
	firewall: ["bpf", "model"],
	web: ["config", "model", "express"],
	metrics: ["model"],
	doctor: ["bpf", "config", "sources", "firewall", "model"],
	bpf: ["koffi", "model"],
	model: [],
};

const SOURCE = "src";

interface Import {
	readonly file: string;
	readonly target: string;
}

function importsOf(file: string): Import[] {
	const text = readFileSync(join(SOURCE, file), "utf8");
	return [...text.matchAll(/(?:^|\n)(?:import|export)\s[^;]*?from\s+"([^"]+)"/g)]
		.map((match) => match[1] ?? "")
		.filter((target) => !isBuiltin(target))
		.map((target) => ({
			file,
			target: target.startsWith(".") ? normalize(join(dirname(file), target)) : target,
		}));
}

function roomOf(path: string): string {
	return path.split("/")[0] ?? path;
}

function problemOf({ file, target }: Import): string | undefined {
	const room = roomOf(file);
	const allowed = ALLOWED[room];
	if (!allowed)
		return `${SOURCE}/${file}: ${room} has no import rule, expected one in scripts/check-layers.ts`;
	const wanted = roomOf(target);
	if (wanted === room || allowed.includes("*") || allowed.includes(wanted)) return undefined;
	return `${SOURCE}/${file} imports ${target}: ${room} may import ${allowed.join(", ") || "nothing else"}`;
}

/** A chain of files that ends where it began. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
	const done = new Set<string>();
	const visit = (file: string, path: string[]): string[] | undefined => {
		if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
		if (done.has(file)) return undefined;
		for (const next of graph.get(file) ?? []) {
			const cycle = visit(next, [...path, file]);
			if (cycle) return cycle;
		}
		done.add(file);
		return undefined;
	};
	for (const file of graph.keys()) {
		const cycle = visit(file, []);
		if (cycle) return cycle;
	}
	return undefined;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) =>
	file.endsWith(".ts"),
);
const imports = files.flatMap(importsOf);
const problems = imports.flatMap((each) => problemOf(each) ?? []);
const graph = new Map(
	files.map((file) => [file, imports.filter((i) => i.file === file).map((i) => i.target)]),
);
const cycle = findCycle(graph);
if (cycle) problems.push(`cycle: ${cycle.join(" -> ")}`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
