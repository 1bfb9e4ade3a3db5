/**
 * The databases of docs/scaling.md: its commands and the configs of deploy/prometheus, with addresses of this machine, and
 * with a tenth of their intervals, so that a minute here is ten of theirs.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { textOf } from "../../rules/rule-files.ts";
import { freePort } from "../exporter.ts";
import { type Api, apiAt } from "./api.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export const DATABASES = ["scrape", "1m", "5m", "global", "direct"] as const;
export type DatabaseName = (typeof DATABASES)[number];

export interface Databases {
	readonly apis: Readonly<Record<DatabaseName, Api>>;
	remove(): Promise<void>;
}

/** Commands by the last part of the path of their storage. */
export function commandsInDocs(): Map<string, string[]> {
	const blocks = [...textOf("docs/scaling.md").matchAll(/```sh\n([\s\S]*?)```/g)].map(
		([, text = ""]) => text,
	);
	const lines = blocks.flatMap((text) => text.replaceAll("\\\n", " ").split("\n"));
	const commands = lines.map((line) => line.trim().split(/\s+/)).filter(([name = ""]) => PROGRAMS.has(name));
	return new Map(commands.map((argv) => [/\/(\w+)$/.exec(storageOf(argv))?.[1] ?? "", argv]));
}

const PROGRAMS = new Set(["prometheus", "victoria-metrics"]);

function storageOf(argv: readonly string[]): string {
	return argv.find((each) => /^--?storage(\.tsdb\.path|DataPath)=/.test(each)) ?? "";
}

export async function startDatabases(lab: Lab, exporterUrl: string): Promise<Databases> {
	const folder = await mkdtemp(join(tmpdir(), "lbscope-databases-"));
	const ports = await Promise.all(DATABASES.map(() => freePort()));
	const addresses = Object.fromEntries(DATABASES.map((name, i) => [name, `127.0.0.1:${ports[i]}`]));
	const configs = await copyConfigs(folder, { ...addresses, exporter: new URL(exporterUrl).host });
	const commands = commandsInDocs();
	// Those that are written to, first.
	for (const name of ["1m", "5m", "direct", "scrape", "global"]) {
		const argv = commands.get(name);
		if (!argv) throw new Error(`Cannot start ${name}: docs/scaling.md has no command with its storage`);
		start(lab, localCommand(argv, { folder, configs, address: addresses[name] ?? "" }));
	}
	const apis = Object.fromEntries(DATABASES.map((name) => [name, apiAt(`http://${addresses[name]}`)]));
	return {
		apis: apis as Record<DatabaseName, Api>,
		remove: () => rm(folder, { recursive: true, force: true }),
	};
}

function start(lab: Lab, argv: readonly string[]): void {
	lab.spawn(undefined, ["sh", "-c", 'exec "$@" 2>&1', "sh", ...argv], { timeoutMs: 0 });
}

interface Place {
	readonly folder: string;
	readonly configs: string;
	readonly address: string;
}

function localCommand(
	[program = "", ...flags]: readonly string[],
	{ folder, configs, address }: Place,
): string[] {
	const isPrometheus = program === "prometheus";
	const local = flags
		.filter((flag) => !/listen-?address/i.test(flag))
		.map((flag) => flag.replace(/=\/var\/lib/, `=${folder}`).replace("=deploy/prometheus", `=${configs}`))
		.map((flag) => (flag.startsWith("-dedup") ? tenthOf(flag) : flag));
	const listen = isPrometheus ? `--web.listen-address=${address}` : `-httpListenAddr=${address}`;
	// It shows what is older than that only; by default half a minute, for pushes that come late.
	return [program, ...local, listen, ...(isPrometheus ? [] : ["-search.latencyOffset=0s"])];
}

/** Seconds and minutes, a tenth of them: 10s is 1s, 1m is 6s. */
function tenthOf(text: string): string {
	return text.replace(
		/\b(\d+)(s|m)\b/g,
		(_, number, unit) => `${(Number(number) * (unit === "m" ? 60 : 1)) / 10}s`,
	);
}

type Addresses = Readonly<Record<string, string>>;

async function copyConfigs(folder: string, addresses: Addresses): Promise<string> {
	const configs = join(folder, "deploy/prometheus");
	await mkdir(configs, { recursive: true });
	for (const kind of ["alerts", "recording-rules"]) await copyRules(join(ROOT, kind), join(folder, kind));
	for (const file of await readdir(join(ROOT, "deploy/prometheus"))) {
		const config = parse(await readFile(join(ROOT, "deploy/prometheus", file), "utf8"));
		await writeFile(join(configs, file), stringify(localConfig(config, addresses)));
	}
	return configs;
}

/** Rates are over the same five minutes, and alerts wait as long: only how often they are looked at is another. */
async function copyRules(from: string, to: string): Promise<void> {
	await cp(from, to, { recursive: true });
	for (const file of await readdir(to)) {
		const text = await readFile(join(to, file), "utf8");
		await writeFile(join(to, file), text.replace(/^( +interval: ).*$/gm, "$12s"));
	}
}

interface Config {
	global: Record<string, unknown>;
	scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
	remote_write?: { url: string }[];
}

function localConfig(config: Config, addresses: Addresses): Config {
	const intervals = Object.entries(config.global).map(([key, value]) => {
		if (key === "scrape_timeout") return [key, "1s"];
		return [key, typeof value === "string" ? tenthOf(value) : value];
	});
	return {
		...config,
		global: Object.fromEntries(intervals),
		scrape_configs: config.scrape_configs.map((job) => ({
			...job,
			static_configs: [{ targets: [targetOf(job.job_name, addresses)] }],
		})),
		...(config.remote_write && { remote_write: config.remote_write.map((to) => localWrite(to, addresses)) }),
	};
}

function targetOf(job: string, addresses: Addresses): string {
	return (job === "federation" ? addresses.scrape : addresses.exporter) ?? "";
}

function localWrite<To extends { url: string }>(to: To, addresses: Addresses): To {
	const url = to.url.replace(/victoria-metrics-(\w+):\d+/, (_, name) => addresses[name] ?? "");
	return { ...to, url, queue_config: { batch_send_deadline: "1s" } };
}
