/** Has an exporter read its configuration again. */
import { setTimeout as sleep } from "node:timers/promises";
import { writeConfig } from "../../../scripts/lab/config.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { type Exporter, QUIET } from "../exporter.ts";

type Overrides = Readonly<Record<string, unknown>>;

const OUTCOME = /^.* event="configuration (?:not )?reloaded.*$/gm;
const LOOK_MS = 20;
const PATIENCE_MS = 20_000;

/** Log lines about what came of reloads so far. */
export function outcomes(exporter: Exporter): string[] {
	return exporter.log().match(OUTCOME) ?? [];
}

/** What the exporter was started with, and `overrides` above it. */
export function rewrite(lab: Lab, exporter: Exporter, start: Overrides, overrides: Overrides): Promise<void> {
	const listen = exporter.url.replace("http://", "");
	return writeConfig(lab, exporter.config, { listen, ...QUIET, ...start, ...overrides });
}

/** Gives the next log line about a reload that `cause` brings about. */
export async function outcomeOf(exporter: Exporter, cause: () => unknown): Promise<string> {
	const before = outcomes(exporter).length;
	await cause();
	const deadline = performance.now() + PATIENCE_MS;
	for (;;) {
		const line = outcomes(exporter)[before];
		if (line !== undefined) return line;
		if (performance.now() > deadline)
			throw new Error(`no reload within ${PATIENCE_MS} ms:\n${exporter.log()}`);
		await sleep(LOOK_MS);
	}
}

export function hangup(exporter: Exporter): Promise<string> {
	return outcomeOf(exporter, () => process.kill(exporter.pid, "SIGHUP"));
}

export async function post(url: string, method = "POST"): Promise<Response> {
	const answer = await fetch(`${url}/-/reload`, { method, signal: AbortSignal.timeout(PATIENCE_MS) });
	return answer;
}
