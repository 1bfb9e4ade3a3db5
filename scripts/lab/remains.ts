/** Takes away what a lab left on the machine, its own or that of a run that crashed. */
import { setTimeout as sleep } from "node:timers/promises";
import { forgetRecord, isStillRunning, readRecord } from "./record.ts";
import { run } from "./run.ts";

/** Ends the recorded processes and deletes the namespaces of the prefix. Refuses while the lab's owner still runs. */
export async function removeRemains(prefix: string): Promise<void> {
	const recorded = readRecord(prefix);
	const owner = recorded.find(
		(each) => each.role === "owner" && each.pid !== process.pid && isStillRunning(each),
	);
	if (owner)
		throw new Error(`Cannot use lab prefix "${prefix}": process ${owner.pid} runs a lab of that name`);
	const children = recorded.filter((each) => each.role === "child" && isStillRunning(each));
	for (const { pid } of children) kill(pid);
	while (children.some(isStillRunning)) await sleep(10);
	for (const netns of await namespacesLeft(prefix)) await run(["ip", "netns", "delete", netns]);
	forgetRecord(prefix);
}

export async function namespacesLeft(prefix: string): Promise<string[]> {
	const ours = new RegExp(`^lbs-${prefix}-(lb|client\\d|endpoint\\d)$`);
	const listed = await run(["ip", "netns", "list"]);
	return listed
		.split("\n")
		.map((line) => line.split(" ")[0] ?? "")
		.filter((name) => ours.test(name));
}

function kill(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {
		// It ended by itself between the look and the signal.
	}
}
