/** The rights that the exporter goes on with: seen from outside, in every thread. */
import { chownSync, mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { capabilitySet } from "../../../src/bpf/capabilities.ts";
import { defaultConfig } from "../../../src/config/schema.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import { startInside } from "../operation/inside.ts";
import { insideConfig, runLbscope, withFiles } from "../operation/program.ts";
import { programsOn, programsOnAll } from "../operation/programs-on.ts";
import { asNobody, NEEDED, NOBODY, onlyThis, rightsOf } from "./as-nobody.ts";

/** Node's own, V8's, and those that libuv makes for the reads of the maps. */
const SEVERAL_THREADS = 5;

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
		const noReload = "reload" in defaultConfig ? { reload: { watch: false, http: false } } : {};
		return file(`config${Math.random()}.yaml`, insideConfig(lab(), { ...noReload, ...overrides }));
	}

	async function countsTo(total: number, exporter: Awaited<ReturnType<typeof startInside>>): Promise<void> {
		await converse(lab(), { service: lab().service("web"), count: 5 });
		expectIdentities(await exporter.pageWhere((page) => page.value("total_requests") === total));
	}

	test.each([
		["nobody with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON", asNobody(NEEDED)],
		["root", []],
	])("as %s has no capability in any thread, and counts", async (who, under) => {
		const config = await configOf({ pins: who === "root" ? { path: pins() } : pinsOfNobody() });
		const exporter = await startInside(lab(), config, under);
		await countsTo(5, exporter);
		const { threads, capabilities, noNewPrivileges } = rightsOf(exporter.process.pid);
		expect(threads).toBeGreaterThan(SEVERAL_THREADS);
		expect(capabilities).toEqual(onlyThis(0n));
		expect(noNewPrivileges).toBe(true);
		const { code, stderr } = await exporter.process.stop();
		expect(stderr).toMatch(/^time=\S+ level=info event=capabilities kept=none$/m);
		expect(stderr).not.toMatch(/level=(warn|error)/);
		expect(code).toBe(0);
		await runLbscope(lab(), ["cleanup", "--config", config], { netns: lab().balancer.netns, under });
		expect(await programsOnAll(lab())).toEqual([]);
	});

	test("needs none for an interface that comes, nor for one that comes back", async () => {
		const interfaces = [...lab().interfaces.map(({ name }) => name), "late0"];
		const config = await configOf({ interfaces, pins: pinsOfNobody() });
		const exporter = await startInside(lab(), config, asNobody(NEEDED));
		const ip = (...args: string[]) => run(inNetns(lab().balancer.netns, ["ip", "link", ...args]));
		const isAttached = (wanted: number) =>
			exporter.pageWhere((page) =>
				page
					.series("lbscope_interface_attached")
					.some(({ labels, value }) => labels.interface === "late0" && value === wanted),
			);
		for (let i = 0; i < 2; i++) {
			await ip("add", "late0", "type", "dummy");
			await isAttached(1);
			expect(await programsOn(lab().balancer.netns, "late0")).toEqual(["tcx ingress", "tcx egress"]);
			await ip("delete", "late0");
			await isAttached(0);
		}
		expect(rightsOf(exporter.process.pid).capabilities).toEqual(onlyThis(0n));
		await exporter.process.stop();
		const options = { netns: lab().balancer.netns, under: asNobody(NEEDED) };
		await runLbscope(lab(), ["cleanup", "--config", config], options);
	});

	test("takes up the pins of the run before, without a gap and without a right", async () => {
		const config = await configOf({ pins: pinsOfNobody() });
		const first = await startInside(lab(), config, asNobody(NEEDED));
		await countsTo(5, first);
		await first.process.stop();
		await converse(lab(), { service: lab().service("web"), count: 5 });
		const second = await startInside(lab(), config, asNobody(NEEDED));
		await countsTo(15, second);
		expect(rightsOf(second.process.pid).capabilities).toEqual(onlyThis(0n));
		expect(await programsOnAll(lab())).toHaveLength(2 * lab().interfaces.length);
		const { stderr } = await second.process.stop();
		expect(stderr).not.toMatch(/level=(warn|error)/);
		const options = { netns: lab().balancer.netns, under: asNobody(NEEDED) };
		expect(await runLbscope(lab(), ["cleanup", "--config", config], options)).toMatchObject({ code: 0 });
	});

	test("keeps what the configuration needs, and says for what", async () => {
		const config = await configOf({ firewall: { host: true }, pins: { enabled: false } });
		const exporter = await startInside(lab(), config, asNobody(NEEDED));
		expect(rightsOf(exporter.process.pid).capabilities).toEqual(onlyThis(capabilitySet(["CAP_NET_ADMIN"])));
		const page = await exporter.pageWhere(() => true);
		expect(page.value("firewall_rules_count")).toBeGreaterThanOrEqual(0);
		const { stderr } = await exporter.process.stop();
		expect(stderr).toMatch(/event=capabilities kept="CAP_NET_ADMIN \(to read nftables rules\)"/);
		expect(stderr).not.toMatch(/level=(warn|error) event="cannot/);
	});

	test("keeps all when told to", async () => {
		const overrides = { security: { drop_capabilities: "never" }, pins: { enabled: false } };
		const exporter = await startInside(lab(), await configOf(overrides), asNobody(NEEDED));
		const all = capabilitySet(["CAP_BPF", "CAP_NET_ADMIN", "CAP_PERFMON"]);
		expect(rightsOf(exporter.process.pid).capabilities).toEqual(onlyThis(all));
		const { stderr } = await exporter.process.stop();
		expect(stderr).toMatch(/event=capabilities kept=all reason="security.drop_capabilities is never"/);
	});

	test("says what it costs when a right that it needs later is missing", async () => {
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
