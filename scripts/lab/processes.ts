/** The processes of one lab: each is recorded when it starts, bounded in time, and ended with the lab. */
import { type ChildProcess, spawn } from "node:child_process";
import { patient } from "./patience.ts";
import { HOST, recordProcess } from "./record.ts";
import { ENVIRONMENT, inNetns } from "./run.ts";

/** The exporter takes up to 5 s to detach and close. */
const STOP_GRACE_MS = patient(6_000);

export interface Ending {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface LabProcess {
	readonly pid: number;
	/** Resolves when the process has ended, however it did. */
	readonly ended: Promise<Ending>;
	stdout(): string;
	/** Resolves with the stdout so far as soon as it holds the text. */
	waitFor(text: string, timeoutMs?: number): Promise<string>;
	/** SIGTERM, then SIGKILL after a grace period. */
	stop(): Promise<Ending>;
}

export interface SpawnOptions {
	/** Killed after this time. 0: runs until the lab is removed. */
	readonly timeoutMs?: number;
	/** Where stdout and stderr go: to the ending and waitFor(), or to ours. */
	readonly output?: "collect" | "inherit";
}

export interface Processes {
	/** Starts a command in the namespace, or on the host when that is undefined. */
	spawn(netns: string | undefined, argv: readonly string[], options?: SpawnOptions): LabProcess;
	stopAll(): Promise<void>;
}

export function createProcesses(prefix: string): Processes {
	const running = new Set<LabProcess>();
	return {
		spawn(netns, argv, options = {}) {
			const child = startChild(netns === undefined ? argv : inNetns(netns, argv), options);
			recordProcess(prefix, "child", child.pid ?? 0, netns ?? HOST);
			const started = follow(child, argv.join(" "));
			running.add(started);
			started.ended.then(() => running.delete(started));
			return started;
		},
		async stopAll() {
			await Promise.all([...running].map((each) => each.stop()));
		},
	};
}

/** Detached: Ctrl-C in a terminal reaches the owner alone, who ends its children in order. */
function startChild([command = "", ...args]: readonly string[], options: SpawnOptions): ChildProcess {
	const { timeoutMs = patient(60_000), output = "collect" } = options;
	const stream = output === "collect" ? "pipe" : "inherit";
	const child = spawn(command, args, {
		detached: true,
		timeout: timeoutMs,
		killSignal: "SIGKILL",
		stdio: ["ignore", stream, stream],
		env: ENVIRONMENT,
	});
	if (child.pid === undefined) throw new Error(`Cannot start ${command}: is it installed?`);
	return child;
}

function follow(child: ChildProcess, title: string): LabProcess {
	const texts = { stdout: "", stderr: "" };
	child.stdout?.setEncoding("utf8").on("data", (text: string) => {
		texts.stdout += text;
	});
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		texts.stderr += text;
	});
	const ended = new Promise<Ending>((resolve) => {
		child.on("close", (code, signal) => resolve({ code, signal, ...texts }));
	});
	return {
		pid: child.pid ?? 0,
		ended,
		stdout: () => texts.stdout,
		waitFor: (text, timeoutMs = patient(10_000)) => waitForText(child, title, texts, text, timeoutMs),
		stop: () => stopChild(child, ended),
	};
}

function waitForText(
	child: ChildProcess,
	title: string,
	texts: { readonly stdout: string; readonly stderr: string },
	text: string,
	timeoutMs: number,
): Promise<string> {
	return new Promise((resolve, reject) => {
		const fail = (why: string) => finish(() => reject(new Error(`${title}: ${why}\n${texts.stderr}`)));
		const timer = setTimeout(() => fail(`no "${text}" in ${timeoutMs} ms`), timeoutMs);
		const onClose = () => fail(`ended before it said "${text}"`);
		const check = () => {
			if (texts.stdout.includes(text)) finish(() => resolve(texts.stdout));
		};
		const finish = (settle: () => void) => {
			clearTimeout(timer);
			child.stdout?.off("data", check);
			child.off("close", onClose);
			settle();
		};
		child.stdout?.on("data", check);
		child.on("close", onClose);
		check();
	});
}

async function stopChild(child: ChildProcess, ended: Promise<Ending>): Promise<Ending> {
	child.kill("SIGTERM");
	const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
	const ending = await ended;
	clearTimeout(timer);
	return ending;
}
