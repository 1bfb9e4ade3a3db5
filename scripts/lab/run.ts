/** Short commands, here and inside a namespace. */
import { spawn } from "node:child_process";
import { patient } from "./patience.ts";

const TIMEOUT_MS = patient(30_000);

/** A root shell of plain `su` has no sbin in its PATH, where nft, conntrack and ethtool are. */
export const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` };

/**
 * Runs a command to its end and gives its stdout; any failure is an error that carries its stderr. Detached: Ctrl-C in a
 * terminal must not end `ip` or `nft` half-way.
 */
export function run(argv: readonly string[], stdin = ""): Promise<string> {
	const [command = "", ...args] = argv;
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { detached: true, timeout: TIMEOUT_MS, env: ENVIRONMENT });
		const out: string[] = [];
		const err: string[] = [];
		child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
		child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
		child.on("error", (error) => reject(new Error(`Cannot run ${command}: ${error.message}`)));
		child.on("close", (code, signal) => {
			if (code === 0) resolve(out.join(""));
			// It came before the child had a session of its own, so before the command began.
			else if (signal === "SIGINT") resolve(run(argv, stdin));
			else reject(new Error(`Cannot run ${argv.join(" ")}: ${signal ?? `exit ${code}`}\n${err.join("")}`));
		});
		// A command that failed at once has closed its stdin already; its exit code tells the story.
		child.stdin.on("error", () => {});
		child.stdin.end(stdin);
	});
}

/**
 * The command inside a network namespace. Not `ip netns exec`: that mounts a fresh /sys, and with it the pinned BPF
 * objects of /sys/fs/bpf are gone.
 */
export function inNetns(netns: string, argv: readonly string[]): readonly string[] {
	return ["nsenter", `--net=/run/netns/${netns}`, ...argv];
}
