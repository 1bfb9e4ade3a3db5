import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configOfText } from "../../../src/commands/read-config.ts";
import { createReloader } from "../../../src/commands/reload/reloader.ts";
import type { Config } from "../../../src/config/config.ts";
import { createLog } from "../../../src/log.ts";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "lbscope-reloader-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** `change` is called with each configuration that is sound. */
function setUp(change: (next: Config) => Promise<readonly string[]> = async () => []) {
	const file = join(directory, "config.yaml");
	const lines: string[] = [];
	const results: string[] = [];
	const log = createLog("info", (line) => void lines.push(line));
	const metrics = {
		applied: () => void results.push("applied"),
		refused: () => void results.push("refused"),
	};
	const parse = (text: string) => configOfText(text, file);
	const write = (text: string) => writeFileSync(file, text);
	write("");
	return { write, lines, results, reloader: createReloader({ file, text: "", parse, change, metrics, log }) };
}

test("waits until the exporter is ready, and reads once for many requests", async () => {
	const seen: number[] = [];
	const { reloader, write } = setUp(async (next) => {
		seen.push(next.poll.intervalMs);
		return ["poll"];
	});
	const asked = [reloader.request("SIGHUP"), reloader.request("POST"), reloader.request("SIGHUP")];
	write("poll: { interval: 3s }");
	expect(seen).toEqual([]);
	reloader.start();
	expect(await Promise.all(asked)).toEqual([true, true, true]);
	expect(seen).toEqual([3000]);
});

test("never does two at once, and reads again what is asked for during one", async () => {
	let running = 0;
	const seen: number[] = [];
	const { reloader, write } = setUp(async (next) => {
		expect(++running).toBe(1);
		await new Promise((resolve) => setTimeout(resolve, 10));
		running--;
		seen.push(next.poll.intervalMs);
		return [];
	});
	reloader.start();
	write("poll: { interval: 1s }");
	const first = reloader.request("SIGHUP");
	await new Promise(setImmediate);
	write("poll: { interval: 2s }");
	await Promise.all([first, reloader.request("SIGHUP")]);
	expect(seen).toEqual([1000, 2000]);
});

test("tells a mistake with its place, and what cannot be applied", async () => {
	const { reloader, write, lines, results } = setUp(async () => {
		throw new Error("Cannot listen");
	});
	reloader.start();
	write("poll: 10s");
	expect(await reloader.request("SIGHUP")).toBe(false);
	write("");
	expect(await reloader.request("SIGHUP")).toBe(false);
	expect(lines[0]).toContain(`${directory}/config.yaml:1:7: poll is 10s`);
	expect(lines[1]).toContain('reason="Cannot listen"');
	expect(results).toEqual(["refused", "refused"]);
});

test("looks at each content of the file once, and not at one that is empty", async () => {
	const { reloader, write, results } = setUp();
	reloader.start();
	for (const text of [
		"",
		"poll: 10s",
		"poll: 10s",
		"\n",
		"poll: { interval: 10s }",
		"poll: { interval: 10s }",
	]) {
		write(text);
		await reloader.lookAtFile();
	}
	expect(results).toEqual(["refused", "applied"]);
});

test("has nothing to read without a file", async () => {
	const lines: string[] = [];
	const metrics = { applied: () => lines.push("applied"), refused: () => lines.push("refused") };
	const log = createLog("info", (line) => void lines.push(line));
	const parse = (text: string) => configOfText(text, undefined);
	const change = async () => [];
	const reloader = createReloader({ file: undefined, text: "", parse, change, metrics, log });
	reloader.start();
	expect(await reloader.request("SIGHUP")).toBe(false);
	expect(lines).toEqual([expect.stringContaining("nothing to reload: lbscope was started without --config")]);
});

test("begins none when it is to stop", async () => {
	const { reloader, results } = setUp();
	reloader.start();
	await reloader.stop();
	expect(await reloader.request("SIGHUP")).toBe(false);
	expect(results).toEqual([]);
});
