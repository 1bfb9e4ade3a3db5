/** A program to compare with: it does its work once for each line that it is sent, and answers with numbers. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Where make puts the peers that are compiled. */
const BUILT = fileURLToPath(new URL("../dist/bench/", import.meta.url));
const SOURCES = fileURLToPath(new URL("peers/", import.meta.url));

export interface Peer {
	readonly pid: number;
	/** Sends a line, gives the numbers of the answer. */
	ask(line?: string): Promise<readonly number[]>;
	/** The first number of the answer. */
	once(line?: string): Promise<number>;
	stop(): Promise<void>;
}

/** A peer in C or Go. */
export function startBuilt(name: string, ...args: readonly string[]): Peer {
	return start(BUILT + name, args);
}

/** A peer that runs on Node. */
export function startScript(name: string, ...args: readonly string[]): Peer {
	return start(process.execPath, ["--max-old-space-size=8192", "--import", "tsx", SOURCES + name, ...args]);
}

function start(command: string, args: readonly string[]): Peer {
	const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
	const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const ask = async (line = "") => {
		child.stdin.write(`${line}\n`);
		const answer = await answers.next();
		if (answer.done) throw new Error(`Cannot measure: ${command} ended before it answered`);
		return answer.value.split(" ").map(Number);
	};
	return {
		pid: child.pid ?? 0,
		ask,
		once: async (line) => (await ask(line))[0] ?? Number.NaN,
		stop: () => stop(child),
	};
}

/** It ends with its input. */
async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.stdin?.end();
	await once(child, "exit");
}
