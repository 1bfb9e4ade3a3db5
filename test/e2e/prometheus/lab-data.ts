/**
 * One run for all suites of this folder: a lab with known traffic, lbscope beside it, and the databases of docs/scaling.md
 * that scrape it each second. Queries are asked as of one moment, when all is quiet but for the connections that are held.
 */
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { createLab, type Lab } from "../../../scripts/lab/lab.ts";
import { type Exporter, startExporter } from "../exporter.ts";
import type { Page } from "../page.ts";
import { DATABASES, type DatabaseName, type Databases, startDatabases } from "./databases.ts";
import { FIREWALL, startStreams, type Truth, total } from "./traffic.ts";

export interface LabData {
	readonly lab: Lab;
	readonly exporter: Exporter;
	readonly apis: Databases["apis"];
	readonly truth: Truth;
	/** The page of that moment. */
	readonly page: Page;
	readonly startSeconds: number;
	/** In the middle of the traffic. */
	readonly busySeconds: number;
	/** Less than a minute after it began; all of it is in the Prometheus that scrapes. */
	readonly atSeconds: number;
	/** All of it is everywhere. */
	readonly endSeconds: number;
}

/** Where they must be, a skip would hide that they are not. */
const PROGRAMS = ["prometheus", "victoria-metrics"];
export const isMissing =
	process.env.CI === undefined && PROGRAMS.some((name) => spawnSync(name, ["--help"]).error !== undefined);
if (isMissing)
	console.warn(`tests with lab data skipped: install the Debian packages ${PROGRAMS.join(" and ")}`);

const SCRAPES_BEFORE = 3;
/** Of the coarsest database, a tenth of its five minutes. It keeps the last sample of each, aligned to the clock. */
const COARSEST_MS = 30_000;
/** From the begin of the traffic, which lasts 20. */
const BUSY_SECONDS = 14;
/** The kernel sends a SYN again after one second and after three. */
const TIMEOUTS = { tcp_handshake: "2s", udp: "1h" };

export function withLabData(): () => LabData {
	let found: LabData | undefined;
	let remove = async () => {};
	beforeAll(async () => {
		for (let attempt = 1; !found; attempt++) {
			const run = await startRun();
			remove = run.remove;
			found = await collect(run).catch(async (error) => {
				await remove();
				return passOver(error, attempt);
			});
		}
	}, 400_000);
	afterAll(() => remove(), 30_000);
	return () => {
		if (!found) throw new Error("there are no data of the lab");
		return found;
	};
}

/** The kernel says now and then that it lost an event of conntrack: then bytes have no truth to be compared with. */
function passOver(error: Error, attempt: number): undefined {
	if (attempt === 3 || !error.message.includes("Cannot trust the conntrack events")) throw error;
}

interface Run {
	readonly lab: Lab;
	readonly exporter: Exporter;
	readonly databases: Databases;
	remove(): Promise<void>;
}

async function startRun(): Promise<Run> {
	const lab = await createLab({ prefix: "promdata", clients: 2 });
	try {
		const exporter = await startExporter(lab, configFor(lab));
		const databases = await startDatabases(lab, exporter.url);
		const remove = async () => {
			await lab.remove();
			await databases.remove();
		};
		return { lab, exporter, databases, remove };
	} catch (error) {
		await lab.remove();
		throw error;
	}
}

function configFor(lab: Lab): Record<string, unknown> {
	return {
		poll: { interval: "500ms" },
		// Verdicts of probes alone: those by clients come when enough of them have met an endpoint.
		health: { enabled: true, source: "probe", interval: "2s", rise: 1, fall: 1 },
		firewall: FIREWALL,
		timeouts: TIMEOUTS,
		discovery: { nftables: { netns: lab.balancer.path, interval: "1s" } },
		self: { program_stats: true },
	};
}

async function collect({ lab, exporter, databases: { apis } }: Run): Promise<LabData> {
	const scraped = `count_over_time(total_requests[1h]) >= ${SCRAPES_BEFORE}`;
	await Promise.all(
		[apis.scrape, apis.direct].map((api) => api.until(scraped, ({ length }) => length === 1)),
	);
	// MetricsQL takes a first sample for a counter that ran before, if all but a little of the traffic is in it: so the
	// first one of each database is to be of before the traffic.
	await sleep(COARSEST_MS - (Date.now() % COARSEST_MS) + 1000);
	const startSeconds = Date.now() / 1000;
	const traffic = await startStreams(lab);
	const events = await traffic.finish();
	// A blackholed connection is an error only when its handshake has timed out.
	const page = await exporter.pageWhere((each) => each.value("total_errors") >= total(events.errors));
	const seenOften = (name: DatabaseName) => {
		const promql = `count_over_time((total_requests == ${page.value("total_requests")})[1m:1s]) >= 4`;
		return apis[name].until(promql, ({ length }) => length > 0);
	};
	await seenOften("scrape");
	const atSeconds = Date.now() / 1000;
	await Promise.all(DATABASES.map(seenOften));
	// Subqueries by the minute look at whole minutes: one has to lie in between.
	const wholeMinute = Math.ceil((startSeconds + 2) / 60) * 60 + 1;
	await sleep(Math.max(0, wholeMinute * 1000 - Date.now()));
	const endSeconds = Date.now() / 1000;
	const truth = { ...events, traffic: await traffic.trafficTruth() };
	const busySeconds = startSeconds + BUSY_SECONDS;
	return { lab, exporter, apis, truth, page, startSeconds, busySeconds, atSeconds, endSeconds };
}
