/** The rights that the exporter goes on with: seen from outside, in every thread. */
import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { capabilitySet } from "../../../src/bpf/capabilities.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import { type InsideExporter, startInside } from "../operation/inside.ts";
import { insideConfig, PROGRAM, runLbscope, withFiles } from "../operation/program.ts";
import { programsOn, programsOnAll } from "../operation/programs-on.ts";
import { asNobody, isOutOfReach, NEEDED, NOBODY, onlyThis, rightsOf } from "./as-nobody.ts";

/** Node's own, V8's, and those that libuv makes for the reads of the maps. */
const SEVERAL_THREADS = 5;

/** A clone that belongs to somebody else is out of reach for a root without rights, too. */
const withoutRights = ["--bounding-set=-all", "--inh-caps=-all", ...PROGRAM, "--version"];
const isOfOthers = spawnSync("setpriv", withoutRights).status !== 0;
const ROOT_KEEPS = isOfOthers ? capabilitySet(["CAP_DAC_READ_SEARCH"]) : 0n;

const testAsNobody = test.skipIf(isOutOfReach);

describeAsRoot("an exporter that has begun to count", 30_000, () => {
	const lab = withLab({ prefix: "rtdrop" });
	const pins = withBpffs();
	const file = withFiles();

	/** A directory of nobody's own on the bpffs, and pins in it. */
	function pinsOfNobody(): { path: string } {
		const directory = pins();
		mkdirSync(directory);
		chownSync(directory, NOBODY, NOBODY);
		return { path: `${directory}/lbscope` };
	}

	async function configOf(overrides: object = {}): Promise<string> {
		// A reload may load programs anew, and keeps the rights for it.
		const noReload = { reload: { watch: false, http: false } };
		return file(`config${Math.random()}.yaml`, insideConfig(lab(), { ...noReload, ...overrides }));
	}

	/** Each test is on the same port: none may meet the exporter of one that failed. */
	async function start(config: string, under: readonly string[] = asNobody(NEEDED)): Promise<InsideExporter> {
		const exporter = await startInside(lab(), config, under);
		running.push({ exporter, config, under });
		return exporter;
	}

	const running: { exporter: InsideExporter; config: string; under: readonly string[] }[] = [];
	afterEach(async () => {
		for (const { exporter, config, under } of running.splice(0)) {
			await exporter.process.stop();
			await runLbscope(lab(), ["cleanup", "--config", config], { netns: lab().balancer.netns, under });
		}
		expect(await programsOnAll(lab())).toEqual([]);
	});

	async function countsTo(total: number, exporter: InsideExporter): Promise<void> {
		await converse(lab(), { service: lab().service("web"), count: 5 });
		expectIdentities(await exporter.pageWhere((page) => page.value("total_requests") === total));
	}

	const users = [
		["nobody with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON", asNobody(NEEDED)],
		["root", []],
	] as const;

	test.each(users.filter(([who]) => who === "root" || !isOutOfReach))(
		"as %s has no capability in any thread, and counts",
		async (who, under) => {
			const config = await configOf({ pins: who === "root" ? { path: pins() } : pinsOfNobody() });
			const exporter = await start(config, under);
			await countsTo(5, exporter);
			const { threads, capabilities, noNewPrivileges } = rightsOf(exporter.process.pid);
			expect(threads).toBeGreaterThan(SEVERAL_THREADS);
			expect(capabilities).toEqual(onlyThis(who === "root" ? ROOT_KEEPS : 0n));
			expect(noNewPrivileges).toBe(true);
			const { code, stderr } = await exporter.process.stop();
			expect(stderr).toMatch(/^time=\S+ level=info event=capabilities kept=/m);
			expect(stderr).not.toMatch(/level=(warn|error)/);
			expect(code).toBe(0);
		},
	);

	testAsNobody("needs none for an interface that comes, nor for one that comes back", async () => {
		const interfaces = [...lab().interfaces.map(({ name }) => name), "late0"];
		const config = await configOf({ interfaces, pins: pinsOfNobody() });
		const exporter = await start(config);
		const ip = (...args: string[]) => run(inNetns(lab().balancer.netns, ["ip", "link", ...args]));
		const isAttached = (wanted: number) =>
			exporter.pageWhere((page) =>
				page
					.series("lbscope_interface_attached")
					.some(({ labels, value }) => labels.interface === "late0" && value === wanted),
			);
		for (let i = 0; i < 2; i++) {
			await ip("add", "late0", "type", "veth", "peer", "name", "late1");
			await ip("set", "late0", "up");
			await isAttached(1);
			expect(await programsOn(lab().balancer.netns, "late0")).toEqual(["tcx ingress", "tcx egress"]);
			await ip("delete", "late0");
			await isAttached(0);
		}
		expect(rightsOf(exporter.process.pid).capabilities).toEqual(onlyThis(0n));
	});

	testAsNobody("takes up the pins of the run before, without a gap and without a right", async () => {
		const config = await configOf({ pins: pinsOfNobody() });
		const first = await start(config);
		await countsTo(5, first);
		await first.process.stop();
		await converse(lab(), { service: lab().service("web"), count: 5 });
		const second = await start(config);
		await countsTo(15, second);
		expect(rightsOf(second.process.pid).capabilities).toEqual(onlyThis(0n));
		expect(await programsOnAll(lab())).toHaveLength(2 * lab().interfaces.length);
		const { stderr } = await second.process.stop();
		expect(stderr).not.toMatch(/level=(warn|error)/);
	});

	testAsNobody("keeps what the configuration needs, and says for what", async () => {
		const config = await configOf({ discovery: { nftables: { interval: "1s" } }, pins: { enabled: false } });
		const exporter = await start(config);
		expect(rightsOf(exporter.process.pid).capabilities).toEqual(onlyThis(capabilitySet(["CAP_NET_ADMIN"])));
		const page = await exporter.pageWhere(() => true);
		expect(page.value("lbscope_discovery_services", { source: "nftables" })).toBeGreaterThan(0);
		const { stderr } = await exporter.process.stop();
		expect(stderr).toMatch(/event=capabilities kept="CAP_NET_ADMIN \(to read nftables rules\)"/);
		expect(stderr).not.toMatch(/level=(warn|error) event="cannot/);
	});

	testAsNobody("refuses a reload that needs a right which it has given up", async () => {
		const overrides = { reload: { watch: false, http: false }, pins: { enabled: false } };
		const config = await configOf(overrides);
		const exporter = await start(config);
		await writeFile(config, insideConfig(lab(), { ...overrides, discovery: { nftables: {} } }));
		process.kill(exporter.process.pid, "SIGHUP");
		await exporter.pageWhere((page) => page.value("lbscope_config_last_reload_successful") === 0);
		const { stderr } = await exporter.process.stop();
		expect(stderr).toContain("Cannot read nftables rules: CAP_NET_ADMIN was given up after the start");
	});

	testAsNobody("keeps all when told to", async () => {
		const overrides = { security: { drop_capabilities: "never" }, pins: { enabled: false } };
		const exporter = await start(await configOf(overrides));
		const all = capabilitySet(["CAP_BPF", "CAP_NET_ADMIN", "CAP_PERFMON"]);
		expect(rightsOf(exporter.process.pid).capabilities).toEqual(onlyThis(all));
		const { stderr } = await exporter.process.stop();
		expect(stderr).toMatch(/event=capabilities kept=all reason="security.drop_capabilities is never"/);
	});

	testAsNobody("says what it costs when a right that it needs later is missing", async () => {
		const config = await configOf({ listen: "127.0.0.1:443", pins: { enabled: false } });
		const options = { netns: lab().balancer.netns, under: asNobody(NEEDED) };
		const { code, stderr } = await runLbscope(lab(), ["run", "--config", config], options);
		expect(code).toBe(1);
		expect(stderr).toMatch(
			/^lbscope: Cannot listen on 127.0.0.1:443: .* expected CAP_NET_BIND_SERVICE or a port from 1024 up$/m,
		);
		expect(await programsOnAll(lab())).toEqual([]);
	});
});
