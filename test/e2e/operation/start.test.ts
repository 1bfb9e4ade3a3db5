import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../scripts/lab/run.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { labConfig, PROGRAM, runLbscope, withFiles } from "./program.ts";

describeAsRoot("lbscope with a part missing", 20_000, () => {
	const lab = withLab({ prefix: "opstart" });
	const file = withFiles();

	/** As it is where `path` is hidden by something else: in a mount namespace of its own. */
	async function checkWithout(path: string, instead: string, args = ["check"]) {
		const config = await file("config.yaml", labConfig(lab()));
		const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
		const under = ["unshare", "--mount", "sh", "-c", script, "sh", instead, path];
		return runLbscope(lab(), args[0] === "check" ? [...args, "--config", config] : args, { under });
	}

	async function libraryPath(): Promise<string> {
		const [, path = ""] = /libbpf\.so\.1 .*=> (\S+)/.exec(await run(["ldconfig", "-p"])) ?? [];
		return path;
	}

	test("names the library and the package that brings it", async () => {
		const { code, stderr } = await checkWithout(await libraryPath(), "/dev/null");
		expect(stderr).toMatch(
			/^lbscope: Cannot load libbpf\.so\.1: .+, expected libbpf 1\.0 or newer \(Debian and Ubuntu: libbpf1; Fedora: libbpf\)\n$/,
		);
		expect(code).toBe(1);
	});

	test.each(["--version", "--help", "metrics"])("needs no library for %s", async (word) => {
		const { code, stdout } = await checkWithout(await libraryPath(), "/dev/null", [word]);
		expect(stdout).not.toBe("");
		expect(code).toBe(0);
	});

	test("says how to make the programs", async () => {
		const empty = await mkdtemp(join(tmpdir(), "lbscope-empty-"));
		const objects = join(dirname(PROGRAM[1]), "objects");
		const { code, stderr } = await checkWithout(objects, empty);
		await rm(empty, { recursive: true });
		expect(stderr).toBe(
			`lbscope: Cannot open ${objects}/datapath.bpf.o: it is not there, run "make bpf" first\n`,
		);
		expect(code).toBe(1);
	});

	test("names an address that it cannot listen on", async () => {
		const config = await file("listen.yaml", labConfig(lab(), { listen: "192.0.2.1:8080" }));
		const { code, stderr } = await runLbscope(lab(), ["run", "--config", config]);
		expect(stderr).toContain("\nlbscope: Cannot listen on 192.0.2.1:8080: no interface has the address");
		expect(stderr).not.toContain("event=attached");
		expect(code).toBe(1);
	});

	test("logs a line for each event, key=value, and each trouble once", async () => {
		const interfaces = [
			...lab().interfaces.map(({ name, netns }) => ({ name, netns })),
			{ name: "nosuch0", netns: lab().balancer.path },
			{ name: "eth0", netns: "/run/netns/nowhere" },
		];
		const exporter = await startExporter(lab(), { interfaces, log: { level: "debug" } });
		await exporter.pageWhere((page) => page.value("lbscope_polls_total") > 8);
		await exporter.stop();
		const lines = exporter.log().trimEnd().split("\n");
		for (const line of lines) {
			expect(line).toMatch(/^time=\S+Z level=\w+ event=("[^"]+"|\S+)( \w+=("([^"\\]|\\.)*"|[^\s"]+))*$/);
		}
		const events = lines.map((line) => /level=.*/.exec(line)?.[0] ?? "");
		expect(events.filter((event) => /^level=(warn|error)/.test(event))).toEqual([
			'level=warn event="not attached" interface=lbs-opstart-lb/nosuch0 reason="there is no such interface"',
			'level=warn event="not attached" interface=nowhere/eth0 reason="there is no network namespace /run/netns/nowhere"',
		]);
		const names = ["starting", "listening", "attached", "polled", "ready", "stopped"];
		for (const name of names) expect(events.some((event) => event.includes(`event=${name}`))).toBe(true);
	});
});
