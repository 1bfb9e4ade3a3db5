import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { namespacesLeft } from "../../scripts/lab/remains.ts";
import { describeAsRoot } from "./as-root.ts";

/** Stands in for the exporter: answers on the port of its config's `listen`. */
const PAGE_PROGRAM = `
	const { createServer } = await import("node:http");
	createServer((_, response) => response.end("up 1\\n")).listen(18083, "127.0.0.1");
	process.on("SIGTERM", () => process.exit(0));
`;

describeAsRoot("the demo", 40_000, () => {
	test("says where the page is, and takes everything down on Ctrl-C", async () => {
		const demo = startDemo(["node", "--input-type=module", "-e", PAGE_PROGRAM, "--"]);
		await demo.waitFor("page: http://localhost:18083/metrics");
		expect(await namespacesLeft("demotest")).toHaveLength(6);
		demo.child.kill("SIGINT");
		expect(await demo.ended).toBe(0);
		expect(await namespacesLeft("demotest")).toEqual([]);
	});

	/** The terminal sends it to every process of the foreground group, so also to an `ip` that runs just now. */
	test.each([
		["network: two clients", 0],
		["network: two clients", 300],
		["page: ", 0],
		["taking all of it down", 0],
		["taking all of it down", 100],
	])("leaves nothing when Ctrl-C comes at '%s' and %i ms later", async (text, delayMs) => {
		const demo = startDemo(["node", "--input-type=module", "-e", PAGE_PROGRAM, "--"]);
		await demo.waitFor(text.startsWith("taking") ? "page: " : text);
		demo.interrupt();
		if (text.startsWith("taking")) await demo.waitFor(text);
		await sleep(delayMs);
		demo.interrupt();
		expect(await demo.ended, demo.output()).toBe(0);
		expect(await namespacesLeft("demotest")).toEqual([]);
	});

	test("ends with the exporter", async () => {
		const demo = startDemo(["sh", "-c", "exit 7"]);
		expect(await demo.ended).toBe(7);
		expect(demo.output()).toContain("ended by itself (exit 7)");
		expect(await namespacesLeft("demotest")).toEqual([]);
	});
});

function startDemo(exporter: readonly string[]) {
	const path = fileURLToPath(new URL("../../scripts/lab/demo.ts", import.meta.url));
	const env = { ...process.env, LAB_PREFIX: "demotest", LISTEN: "127.0.0.1:18083" };
	const child = spawn(process.execPath, ["--import", "tsx", path, ...exporter], { env, detached: true });
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.on("data", (chunk) => {
			output += chunk;
		});
	}
	const ended = once(child, "close").then(([code]) => code as number);
	return {
		child,
		ended,
		output: () => output,
		interrupt() {
			if (child.exitCode === null && child.pid) process.kill(-child.pid, "SIGINT");
		},
		async waitFor(text: string) {
			while (!output.includes(text)) await Promise.race([once(child.stdout, "data"), failWhenOver(ended)]);
		},
	};
}

async function failWhenOver(ended: Promise<number>): Promise<never> {
	throw new Error(`the demo ended with ${await ended}`);
}
