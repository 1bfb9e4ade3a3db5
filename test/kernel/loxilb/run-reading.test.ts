/** The command as a user runs it, on maps that stand for LoxiLB's. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { namesIn, parseCapabilities } from "../../../src/bpf/capabilities.ts";
import { indexKey, possibleCpus, update } from "../../../src/bpf/map.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { removePinDirectory } from "../../../src/bpf/pins.ts";
import { type Page, parsePage } from "../../e2e/page.ts";
import { describeInKernel } from "../as-root.ts";
import { withBpffs } from "../bpffs.ts";
import { DROP, ruleRow } from "./firewall-rules.ts";
import { loadMaps, pinMaps } from "./fixture.ts";
import { type PlayedLoxilb, playLoxilb } from "./play.ts";

const PROGRAM = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const NOBODY = "65534";
const FEW = "-all,+sys_admin,+dac_read_search";
const AS_NOBODY = [
	...["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
	...[`--bounding-set=${FEW}`, `--inh-caps=${FEW}`, `--ambient-caps=${FEW}`],
];
const PAIR = { service: "192.0.2.1:80", sip: "198.51.100.7", dip: "10.0.0.5" };
const FLOW = {
	client: { address: PAIR.sip, port: 40_000 },
	vip: { address: "192.0.2.1", port: 80 },
	endpoint: { address: PAIR.dip, port: 8080 },
	counter: 0,
};

const DROPPED = { source: "10.66.0.0/16", destination: "192.0.2.1/32", preference: 100 };

/** A counter of the firewall: so many packets on each CPU. */
function perCpu(packets: number): Buffer {
	const counter = Buffer.alloc(16);
	counter.writeBigUInt64LE(BigInt(packets), 8);
	return Buffer.concat(Array<Buffer>(possibleCpus()).fill(counter));
}

describeInKernel("lbscope run with source: loxilb", () => {
	const newDirectory = withBpffs();
	const objects: BpfObject[] = [];
	const pinned: string[] = [];
	const directories: string[] = [];
	const children: ChildProcess[] = [];
	afterEach(async () => {
		for (const child of children.splice(0)) await end(child, "SIGKILL");
		for (const object of objects.splice(0)) object.close();
		for (const directory of pinned.splice(0)) removePinDirectory(directory);
		for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
	});

	/** A LoxiLB with a rule, and where it has pinned its maps. */
	async function startLoxilb(): Promise<{ loxilb: PlayedLoxilb; pins: string; object: BpfObject }> {
		const object = await loadMaps(280);
		const pins = newDirectory();
		objects.push(object);
		pinned.push(pins);
		pinMaps(object, pins);
		const loxilb = playLoxilb(object);
		loxilb.ring(0, 64);
		loxilb.rule({ id: 1, vip: FLOW.vip, endpoints: [FLOW.endpoint] });
		return { loxilb, pins, object };
	}

	async function configured(pins: string): Promise<{ file: string; url: string }> {
		const directory = await mkdtemp(join(tmpdir(), "lbscope-reading-"));
		directories.push(directory);
		const listen = `127.0.0.1:${await freePort()}`;
		const file = join(directory, "config.yaml");
		await writeFile(
			file,
			stringify({ listen, source: "loxilb", loxilb: { pins }, poll: { interval: "100ms" } }),
		);
		return { file, url: `http://${listen}` };
	}

	/** Until it is ready; `pid` is its own, for what runs it becomes it. */
	async function run(file: string, under: readonly string[] = []) {
		const [command = "", ...args] = [...under, process.execPath, PROGRAM, "run", "--config", file];
		const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
		children.push(child);
		let log = "";
		for (const stream of [child.stdout, child.stderr]) {
			stream.on("data", (text: Buffer) => {
				log += text;
			});
		}
		while (!/\bevent=ready\b/.test(log)) {
			if (child.exitCode !== null) throw new Error(`the exporter ended with ${child.exitCode}:\n${log}`);
			await sleep(20);
		}
		return { child, pid: child.pid as number, log: () => log };
	}

	test("reads and serves as a user who may not attach anything", async () => {
		const { loxilb, pins, object } = await startLoxilb();
		const rules = object.map("fw_v4_map");
		update(rules, indexKey(0), ruleRow({ ...DROPPED, counter: 3, action: DROP }, rules.valueSize));
		const { file, url } = await configured(pins);
		const { child, pid, log } = await run(file, AS_NOBODY);
		expect(capabilitiesOf(pid)).toEqual(["CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN"]);
		loxilb.flow({ ...FLOW, there: [2, 112], back: [1, 60] });
		loxilb.ring(2, 64);
		loxilb.count(0, 10, 1_000);
		const page = await pageWhere(url, ({ series }) => series("lb_rule_interaction_packets").length > 0);
		expect(page.value("lb_rule_interaction_bytes", PAIR)).toBe(112 + 60 + 1_000 + 10 * 20);
		expect(page.value("active_conntrack_count")).toBe(1);
		expect(page.names()).not.toContain("total_requests");
		const drops = object.map("fw_stats_map");
		update(drops, indexKey(3), perCpu(5));
		await pageWhere(url, ({ value }) => value("total_fw_drops") === 5 * possibleCpus());
		child.kill("SIGHUP");
		while (!log().includes("configuration reloaded")) await sleep(20);
		expect(await end(child, "SIGTERM")).toBe(0);
	});

	test("gives up what reading does not need", async () => {
		const { pins } = await startLoxilb();
		const { file } = await configured(pins);
		const { child, pid } = await run(file);
		expect(capabilitiesOf(pid)).toEqual(["CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE", "CAP_SYS_ADMIN"]);
		expect(await end(child, "SIGTERM")).toBe(0);
	});

	test("check says what is in the maps, doctor that they are found", async () => {
		const { loxilb, pins } = await startLoxilb();
		loxilb.flow(FLOW);
		const { file } = await configured(pins);
		expect(await output("check", "--config", file)).toContain(
			"read: LoxiLB has 1 rules, 2 rows of connections\nflows: 1 active, 0 inactive\nok\n",
		);
		expect(await output("doctor", "--config", file)).toContain("a flow has 280 bytes in them");
	});
});

function capabilitiesOf(pid: number): string[] {
	return namesIn(parseCapabilities(readFileSync(`/proc/${pid}/status`, "utf8"), "CapEff"));
}

async function pageWhere(url: string, holds: (page: Page) => boolean): Promise<Page> {
	for (;;) {
		const page = parsePage(await (await fetch(`${url}/metrics`)).text());
		if (holds(page)) return page;
		await sleep(50);
	}
}

async function output(...args: string[]): Promise<string> {
	const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
	let text = "";
	child.stdout.on("data", (more: Buffer) => {
		text += more;
	});
	await once(child, "close");
	return text;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
	if (child.exitCode === null && child.signalCode === null) {
		const ended = once(child, "exit");
		child.kill(signal);
		await ended;
	}
	return child.exitCode;
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}
