/**
 * A network namespace that asks and one that answers, with a veth between them whose packets each side receives in a
 * kernel thread of its own (threaded NAPI). On the loopback, whoever sends does the receiver's work as well.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inNetns, run } from "../scripts/lab/run.ts";

const ASKING = { netns: "lbs-bench-asks", device: "lbsba", address: "10.65.0.1" };
const ANSWERING = { netns: "lbs-bench-says", device: "lbsbs", address: "10.65.0.2" };
/** All addresses of it answer. */
const ANSWERING_PREFIX = "10.66.0.0/16";

export interface TwoNodes {
	/** Of the threads that receive. */
	readonly askingPid: number;
	/** A script of this directory over there. */
	forkAsking(script: string, ...args: readonly string[]): ChildProcess;
	forkAnswering(script: string): ChildProcess;
}

export async function withTwoNodes<T>(work: (nodes: TwoNodes) => Promise<T>): Promise<T> {
	await removeNamespaces();
	try {
		await makeNamespaces();
		return await work({
			askingPid: threadOf(ASKING.device),
			forkAsking: (script, ...args) => forkIn(ASKING.netns, script, args),
			forkAnswering: (script) => forkIn(ANSWERING.netns, script, []),
		});
	} finally {
		await removeNamespaces();
	}
}

async function makeNamespaces(): Promise<void> {
	for (const { netns } of [ASKING, ANSWERING]) await run(["ip", "netns", "add", netns]);
	const veth = ["link", "add", ASKING.device, "type", "veth"];
	await run(["ip", "-n", ASKING.netns, ...veth, "peer", "name", ANSWERING.device, "netns", ANSWERING.netns]);
	for (const { netns, device, address } of [ASKING, ANSWERING]) {
		await run(["ip", "-n", netns, "address", "add", `${address}/30`, "dev", device]);
		await run(["ip", "-n", netns, "link", "set", device, "up"]);
		// A veth has a NAPI of its own with GRO only, and passes it by while its peer leaves segmentation to it.
		await run(inNetns(netns, ["ethtool", "-K", device, "gro", "on", "tso", "off"]));
		// Not inNetns(): /sys shows the devices of the namespace that it was mounted in.
		await run(["ip", "netns", "exec", netns, "sh", "-c", `echo 1 >/sys/class/net/${device}/threaded`]);
	}
	await run(["ip", "-n", ASKING.netns, "route", "add", ANSWERING_PREFIX, "via", ANSWERING.address]);
	await run(["ip", "-n", ANSWERING.netns, "route", "add", "local", ANSWERING_PREFIX, "dev", "lo"]);
}

async function removeNamespaces(): Promise<void> {
	for (const { netns } of [ASKING, ANSWERING]) await run(["ip", "netns", "delete", netns]).catch(() => {});
}

function threadOf(device: string): number {
	const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	const threads = pids.filter((pid) => commandOf(pid).startsWith(`napi/${device}-`));
	// More than one: a namespace of a run before lives on in a process of it.
	if (threads.length !== 1)
		throw new Error(
			`Cannot measure: ${threads.length} threads of the kernel receive for ${device}, expected 1`,
		);
	return Number(threads[0]);
}

function commandOf(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/comm`, "utf8");
	} catch {
		// It has ended meanwhile.
		return "";
	}
}

function forkIn(netns: string, script: string, args: readonly string[]): ChildProcess {
	return fork(fileURLToPath(new URL(script, import.meta.url)), args, {
		execPath: "nsenter",
		execArgv: [`--net=/run/netns/${netns}`, process.execPath, "--import", "tsx"],
	});
}
