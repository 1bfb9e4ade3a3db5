import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { lockDirectory } from "../../src/bpf/directory-lock.ts";
import { makePinDirectory } from "../../src/bpf/pins.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";

describeInKernel("the lock of a directory on a bpffs", () => {
	const newDirectory = withBpffs();
	const holders: ChildProcess[] = [];
	afterEach(async () => {
		for (const holder of holders.splice(0)) await kill(holder);
	});

	function madeDirectory(): string {
		const directory = newDirectory();
		makePinDirectory(directory);
		return directory;
	}

	async function holderOf(directory: string): Promise<ChildProcess> {
		const program = fileURLToPath(new URL("held-lock.ts", import.meta.url));
		const holder = spawn(process.execPath, ["--import", "tsx", program, directory]);
		holders.push(holder);
		await once(holder.stdout, "data");
		return holder;
	}

	test("is had by one at a time", () => {
		const directory = madeDirectory();
		const lock = lockDirectory(directory);
		expect(() => lockDirectory(directory)).toThrow(
			`Cannot lock ${directory}: process ${process.pid} has it, expected to be the only one`,
		);
		lock.close();
		lockDirectory(directory).close();
	});

	test("names the process that has it, and ends with that", async () => {
		const directory = madeDirectory();
		const holder = await holderOf(directory);
		expect(() => lockDirectory(directory)).toThrow(`process ${holder.pid} has it`);
		await kill(holder);
		lockDirectory(directory).close();
	});

	test("is that of one directory", async () => {
		const [directory, other] = [madeDirectory(), madeDirectory()];
		await holderOf(directory);
		const lock = lockDirectory(other);
		expect(() => lockDirectory(other)).toThrow(`process ${process.pid} has it`);
		lock.close();
	});
});

async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill("SIGKILL");
	await once(child, "close");
}
