/**
 * A network with traffic of its own and the exporter watching it, until Ctrl-C:
 *   node --import tsx scripts/lab/demo.ts [exporter command...]
 * `--config FILE` is added to the command; without one it is `node dist/main.js run`.
 */
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { writeConfig } from "./config.ts";
import { type DemoTraffic, startDemoTraffic } from "./demo-traffic.ts";
import { createLab, type Lab } from "./lab.ts";
import type { Ending, LabProcess } from "./processes.ts";
import { LAB_DIRECTORY } from "./record.ts";

const LISTEN = process.env.LISTEN ?? "0.0.0.0:8080";
const PAGE = `http://localhost:${LISTEN.split(":").at(-1)}/metrics`;
const PREFIX = process.env.LAB_PREFIX ?? "demo";
const CONFIG = `${LAB_DIRECTORY}/${PREFIX}.yaml`;
const SUMMARY_MS = 60_000;

/** Ends of the demo that are no failure. */
function stopSignal(): Promise<string> {
	return new Promise((resolve) => {
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
	});
}

async function main(command: readonly string[]): Promise<number> {
	const stopped = stopSignal();
	say(
		`network: two clients, a load balancer (nftables DNAT), three endpoints; in namespaces lbs-${PREFIX}-*`,
	);
	const lab = await createLab({ prefix: PREFIX, clients: 2, offloads: "on" });
	try {
		return await runDemo(lab, command, stopped);
	} finally {
		say("taking all of it down");
		await lab.remove();
		await rm(CONFIG, { force: true });
		say("done");
	}
}

async function runDemo(lab: Lab, command: readonly string[], stopped: Promise<string>): Promise<number> {
	say(`services: ${lab.services.length}, IPv4 and IPv6, TCP, UDP and SCTP; some refuse, reset or swallow`);
	await writeConfig(lab, CONFIG, { listen: LISTEN });
	say(`config: ${CONFIG}`);
	const argv = [...command, "--config", CONFIG];
	say(`exporter: ${argv.join(" ")}`);
	const exporter = lab.spawn(undefined, argv, { timeoutMs: 0, output: "inherit" });
	// Not before the programs are attached: what passes meanwhile may have no known endpoint.
	const early = await Promise.race([stopped, exporter.ended, announcePage(exporter)]);
	if (early) return exitCodeOf(early);
	const traffic = startDemoTraffic(lab);
	say("traffic: about 40 conversations per second");
	const summary = setInterval(() => say(summaryOf(traffic)), SUMMARY_MS);
	try {
		return exitCodeOf(await Promise.race([stopped, exporter.ended, traffic.failed]));
	} finally {
		clearInterval(summary);
		traffic.stop();
	}
}

function exitCodeOf(end: string | Ending): number {
	return typeof end === "string" ? 0 : exporterEnded(end);
}

/** Says the address once there is a page. */
async function announcePage(exporter: LabProcess): Promise<undefined> {
	let over = false;
	exporter.ended.then(() => {
		over = true;
	});
	while (!over) {
		const answer = await fetch(PAGE, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
		await answer?.body?.cancel();
		if (answer?.ok) {
			say(`page: ${PAGE}   (numbers grow with each poll; Ctrl-C ends the demo)`);
			return;
		}
		await sleep(200);
	}
}

function exporterEnded({ code, signal }: Ending): number {
	say(`exporter: ended by itself (${signal ?? `exit ${code}`})`);
	return code || 1;
}

function summaryOf({ outcomes }: DemoTraffic): string {
	const counts = [...outcomes].sort().map(([outcome, count]) => `${count} ${outcome}`);
	return `traffic: finished rounds so far: ${counts.join(", ") || "none"}`;
}

function say(line: string): void {
	console.log(`[demo] ${line}`);
}

main(process.argv.length > 2 ? process.argv.slice(2) : ["node", "dist/main.js", "run"]).then(
	(code) => process.exit(code),
	(error: unknown) => {
		console.error(`[demo] ${error instanceof Error ? error.message : error}`);
		process.exit(1);
	},
);
