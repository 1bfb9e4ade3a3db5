/** The server as a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("serve.ts", import.meta.url));

export interface ServerProcess {
	readonly pid: number;
	readonly port: number;
	/** What it logged, with its stack traces, should there be any. */
	log(): string;
	/** Resident, in bytes. */
	memory(): number;
	stop(): Promise<void>;
}

export async function startServer(...args: string[]): Promise<ServerProcess> {
	const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let log = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		log += text;
	});
	const pid = child.pid;
	const port = await firstLine(child);
	if (pid === undefined || port === undefined) throw new Error(`the server did not start:\n${log}`);
	return {
		pid,
		port: Number(port),
		log: () => log,
		memory: () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024,
		stop: () => end(child),
	};
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
	if (stdout) for await (const line of createInterface(stdout)) return line;
	return undefined;
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, "exit");
	child.kill("SIGTERM");
	const deadline = setTimeout(() => child.kill("SIGKILL"), 5_000);
	await exited;
	clearTimeout(deadline);
}
