/** A process called loxilb with a bpffs of its own, as in its container: nobody outside sees what it pins. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isCalled } from "../../../src/bpf/other-process.ts";

export interface StandIn {
	readonly pid: number;
	/** Where its pins are seen from outside. */
	readonly pins: string;
	stop(): Promise<void>;
}

const PREPARE = `
	mount -t tmpfs tmpfs /opt && mkdir -p /opt/loxilb/dp/bpf &&
	mount -t bpf bpf /opt/loxilb/dp/bpf && exec "$0" infinity`;

export async function startStandIn(): Promise<StandIn> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-loxilb-"));
	const program = join(directory, "loxilb");
	await copyFile("/usr/bin/sleep", program);
	const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", PREPARE, program], {
		stdio: ["ignore", "ignore", "inherit"],
	});
	const { pid } = child;
	if (pid === undefined) throw new Error("Cannot start unshare: expected it to be installed");
	while (!isCalled(pid, "loxilb")) {
		if (child.exitCode !== null) throw new Error(`unshare ended with ${child.exitCode}`);
		await sleep(10);
	}
	return {
		pid,
		pins: `/proc/${pid}/root/opt/loxilb/dp/bpf`,
		async stop() {
			await end(child);
			await rm(directory, { recursive: true, force: true });
		},
	};
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, "exit");
	child.kill("SIGKILL");
	await ended;
}
