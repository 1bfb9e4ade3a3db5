import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createLab } from "../../scripts/lab/lab.ts";
import { LAB_DIRECTORY, readRecord } from "../../scripts/lab/record.ts";
import { namespacesLeft } from "../../scripts/lab/remains.ts";
import { run } from "../../scripts/lab/run.ts";
import { DEFAULT_SERVICES } from "../../scripts/lab/services.ts";
import { converse, startTraffic } from "../../scripts/lab/traffic.ts";
import { describeAsRoot } from "./as-root.ts";

describeAsRoot("the life of a lab", 30_000, () => {
	test("leaves nothing behind, traffic under way included", async () => {
		const links = await hostLinks();
		const lab = await createLab({ prefix: "life" });
		startTraffic(lab, { service: lab.service("web"), count: 1000, rate: 10 });
		const pids = readRecord("life")
			.filter(({ role }) => role === "child")
			.map(({ pid }) => pid);
		expect(pids).toHaveLength(4);
		await lab.remove();
		await expectNothingLeft("life", pids);
		expect(await hostLinks()).toBe(links);
	});

	test("is over, and clean, when its creation fails half-way", async () => {
		const [web] = DEFAULT_SERVICES;
		const services = web ? [{ ...web, port: 70_000 }] : [];
		await expect(createLab({ prefix: "half", services })).rejects.toThrow("nft");
		await expectNothingLeft("half", []);
	});

	test("begins anew after a crash", async () => {
		const crashed = await holdLab("crash");
		const pids = readRecord("crash").map(({ pid }) => pid);
		crashed.kill("SIGKILL");
		await once(crashed, "close");
		expect(await namespacesLeft("crash")).toHaveLength(5);

		const lab = await createLab({ prefix: "crash" });
		expect(pids.filter(isRunning)).toEqual([]);
		const rows = await converse(lab, { service: lab.service("web") });
		expect(rows).toMatchObject([{ outcome: "ok" }]);
		await lab.remove();
		await expectNothingLeft("crash", pids);
	});

	test("is not disturbed by another run with its prefix", async () => {
		const running = await holdLab("held");
		await expect(createLab({ prefix: "held" })).rejects.toThrow(
			`process ${running.pid} runs a lab of that name`,
		);
		expect(await namespacesLeft("held")).toHaveLength(5);
		running.kill("SIGKILL");
		await once(running, "close");
		await (await createLab({ prefix: "held" })).remove();
	});
});

/** One process, so that a signal to it reaches the lab's owner. */
async function holdLab(prefix: string): Promise<ChildProcess> {
	const path = fileURLToPath(new URL("held-lab.ts", import.meta.url));
	const child = spawn(process.execPath, ["--import", "tsx", path, prefix], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	await once(child.stdout, "data");
	return child;
}

async function expectNothingLeft(prefix: string, pids: readonly number[]): Promise<void> {
	expect(await namespacesLeft(prefix)).toEqual([]);
	expect(pids.filter(isRunning)).toEqual([]);
	expect(existsSync(`${LAB_DIRECTORY}/${prefix}`)).toBe(false);
}

/** A zombie is none: who has to reap the children of a crashed lab is init. */
function isRunning(pid: number): boolean {
	const path = `/proc/${pid}/stat`;
	return existsSync(path) && !readFileSync(path, "utf8").includes(") Z ");
}

function hostLinks(): Promise<string> {
	return run(["ip", "-brief", "link"]);
}
