/** The exporter as a user runs it: the built program, a config file, and its page over HTTP. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeConfig } from "../../scripts/lab/config.ts";
import { exporterCommand } from "../../scripts/lab/exporter-command.ts";
import type { Lab } from "../../scripts/lab/lab.ts";
import { patient } from "../../scripts/lab/patience.ts";
import type { LabProcess } from "../../scripts/lab/processes.ts";
import { type Page, parsePage } from "./page.ts";

/** Unless told. To give up rights takes a second start, half a second of CPU: test/e2e/rights and operation do. */
export const QUIET = {
	poll: { interval: `${patient(300)}ms` },
	health: { enabled: false },
	security: { drop_capabilities: "never" },
};
const READY = /\bevent=ready\b/;
const LOOK_MS = 20;
/** For a loaded machine; every wait ends as soon as it can. */
const PATIENCE_MS = patient(20_000);

export interface Exporter {
	readonly pid: number;
	readonly url: string;
	/** Its configuration file. */
	readonly config: string;
	/** The page of now. */
	page(): Promise<Page>;
	/** The page of a poll that began after this call, so that it has all that happened before. */
	nextPage(): Promise<Page>;
	/** The first page of such a poll that `holds`, for what takes its time, such as a timeout. */
	pageWhere(holds: (page: Page) => boolean): Promise<Page>;
	/** All that it logged, one line per event. */
	log(): string;
	/** SIGTERM; resolves with the exit code. */
	stop(): Promise<number | null>;
}

/**
 * Starts it on the lab's interfaces and services and waits until it is ready. It ends with the lab, or by stop().
 * `under`: a command that runs it, and becomes it. The address of `listen` is given here.
 */
export async function startExporter(
	lab: Lab,
	overrides: Readonly<Record<string, unknown>> = {},
	under: readonly string[] = [],
): Promise<Exporter> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-e2e-"));
	const config = join(directory, "config.yaml");
	const address = `127.0.0.1:${await freePort()}`;
	const listen = { address, ...(overrides.listen as object | undefined) };
	await writeConfig(lab, config, { ...QUIET, ...overrides, listen });
	const child = spawnExporter(lab, config, under);
	child.ended.then(() => rm(directory, { recursive: true, force: true }));
	await untilReady(child);
	return follow(child, `http://${address}`, config);
}

/** Started by the lab, so that its record names the pid should the test crash. Its log goes where waitFor() looks. */
function spawnExporter(lab: Lab, config: string, under: readonly string[]): LabProcess {
	const command = [...under, ...exporterCommand(), "run", "--config", config];
	return lab.spawn(undefined, ["sh", "-c", 'exec "$@" 2>&1', "sh", ...command], { timeoutMs: 0 });
}

async function untilReady(child: LabProcess): Promise<void> {
	let isOver = false;
	child.ended.then(() => {
		isOver = true;
	});
	const deadline = performance.now() + PATIENCE_MS;
	while (!READY.test(child.stdout())) {
		if (isOver || performance.now() > deadline) {
			await child.stop();
			throw new Error(`the exporter did not become ready:\n${child.stdout()}`);
		}
		await sleep(LOOK_MS);
	}
}

function follow(child: LabProcess, url: string, config: string): Exporter {
	const page = async () => parsePage(await fetchText(`${url}/metrics`));
	const pageWhere = async (holds: (page: Page) => boolean) => {
		// The poll after the one that may be under way began later than this call.
		const enough = pollsOf(await page()) + 2;
		const deadline = performance.now() + PATIENCE_MS;
		for (;;) {
			const now = await page();
			if (pollsOf(now) >= enough && holds(now)) return now;
			if (performance.now() > deadline)
				throw new Error(`no such page within ${PATIENCE_MS} ms:\n${now.text}`);
			await sleep(LOOK_MS);
		}
	};
	return {
		pid: child.pid,
		url,
		config,
		page,
		nextPage: () => pageWhere(() => true),
		pageWhere,
		log: child.stdout,
		stop: async () => (await child.stop()).code,
	};
}

export function pollsOf(page: Page): number {
	return page.value("lbscope_polls_total");
}

async function fetchText(url: string): Promise<string> {
	const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
	if (!answer.ok) throw new Error(`GET ${url}: ${answer.status} ${await answer.text()}`);
	return answer.text();
}

/** Free now; nobody else on this machine is likely to take it before the exporter does. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}
