/** The built program with a command line and to its end, as a user runs it. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { stringify } from "yaml";
import { configOf } from "../../../scripts/lab/config.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { Ending, LabProcess } from "../../../scripts/lab/processes.ts";

export const PROGRAM = [
	process.execPath,
	fileURLToPath(new URL("../../../dist/main.js", import.meta.url)),
] as const;

export interface RunOptions {
	/** Network namespace to run in; the host's unless told. */
	readonly netns?: string | undefined;
	/** Command in front, such as setpriv. */
	readonly under?: readonly string[];
}

export function startLbscope(lab: Lab, args: readonly string[], options: RunOptions = {}): LabProcess {
	return lab.spawn(options.netns, [...(options.under ?? []), ...PROGRAM, ...args]);
}

export function runLbscope(lab: Lab, args: readonly string[], options: RunOptions = {}): Promise<Ending> {
	return startLbscope(lab, args, options).ended;
}

/** Inside describe(): writes a file into a directory that goes with the suite, and gives its path. */
export function withFiles(): (name: string, text: string) => Promise<string> {
	let directory: Promise<string> | undefined;
	afterAll(async () => {
		if (directory) await rm(await directory, { recursive: true, force: true });
	});
	return async (name, text) => {
		directory ??= makeDirectory();
		const path = join(await directory, name);
		await writeFile(path, text);
		return path;
	};
}

/** Readable for programs that run as somebody else. */
async function makeDirectory(): Promise<string> {
	const path = await mkdtemp(join(tmpdir(), "lbscope-operation-"));
	await chmod(path, 0o755);
	return path;
}

type Overrides = Readonly<Record<string, unknown>>;

/** For an exporter on the host that reaches into the lab. Nothing listens on port 1. */
export function labConfig(lab: Lab, overrides: Overrides = {}): string {
	return stringify(configOf(lab, { listen: "127.0.0.1:1", ...overrides }));
}

/** For one that runs inside the load balancer: it needs no right to enter namespaces. */
export function insideConfig(lab: Lab, overrides: Overrides = {}): string {
	const interfaces = lab.interfaces.map(({ name }) => name);
	const health = { enabled: false, netns: undefined };
	return labConfig(lab, {
		interfaces,
		listen: "127.0.0.1:8080",
		poll: { interval: "200ms" },
		health,
		...overrides,
	});
}
