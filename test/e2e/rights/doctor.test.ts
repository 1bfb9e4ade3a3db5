/** lbscope doctor on a node that is well, on one that is not, and beside an exporter that runs. */
import { chownSync, mkdirSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import type { Finding } from "../../../src/doctor/examine.ts";
import { STEERING } from "../../hostile-names.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { loadForeignProgram } from "../operation/foreign.ts";
import { startInside } from "../operation/inside.ts";
import { insideConfig, runLbscope, withFiles } from "../operation/program.ts";
import { programsOnAll } from "../operation/programs-on.ts";
import { asNobody, isOutOfReach, NEEDED, NOBODY } from "./as-nobody.ts";

const CHECKS =
	"config kernel libraries capabilities programs bpffs exporter memory interfaces offloads flowtables clock port";

describeAsRoot("lbscope doctor", 30_000, () => {
	const lab = withLab({ prefix: "rtdoctor" });
	const pins = withBpffs();
	const file = withFiles();
	const undo: (() => unknown)[] = [];
	afterEach(async () => {
		for (const action of undo.splice(0).reverse()) await action();
	});

	async function configOf(overrides: object = {}): Promise<string> {
		const text = insideConfig(lab(), { pins: { path: pins() }, ...overrides });
		return file(`config${Math.random()}.yaml`, text);
	}

	async function examine(config: string, under: readonly string[] = []) {
		const options = { netns: lab().balancer.netns, under };
		const { code, stdout, stderr } = await runLbscope(
			lab(),
			["doctor", "--json", "--config", config],
			options,
		);
		expect(stderr).toBe("");
		const { status, facts } = JSON.parse(stdout) as { status: string; facts: Finding[] };
		const of = (check: string) => facts.filter((fact) => fact.check === check);
		return { code, status, facts, of };
	}

	test("looks at everything, says one line for each fact, and attaches nothing", async () => {
		const config = await configOf();
		const { code, facts } = await examine(config);
		expect([...new Set(facts.map(({ check }) => check))]).toEqual(CHECKS.split(" "));
		expect(facts.filter(({ status }) => status === "fail")).toEqual([]);
		expect(code).toBe(0);
		const options = { netns: lab().balancer.netns };
		const { stdout } = await runLbscope(lab(), ["doctor", "--config", config], options);
		expect(stdout.trimEnd().split("\n")).toHaveLength(facts.length);
		expect(stdout).toMatch(/^ok {3}kernel {8}Linux \d/m);
		expect(await programsOnAll(lab())).toEqual([]);
	});

	test.skipIf(isOutOfReach).each(NEEDED)("fails without %s, and says what that costs", async (missing) => {
		const rest = NEEDED.filter((each) => each !== missing);
		const { code, status, of } = await examine(await configOf({ pins: { enabled: false } }), asNobody(rest));
		const name = `CAP_${missing.toUpperCase()}`;
		const failed = of("capabilities").filter((fact) => fact.status === "fail");
		expect(failed).toHaveLength(1);
		expect(failed[0]?.text).toMatch(new RegExp(`^missing ${name} \\(to .+\\)$`));
		expect(of("programs")[0]?.text).toMatch(
			new RegExp(`^Cannot load the BPF programs: E\\w+, missing ${name} `),
		);
		expect([code, status]).toEqual([1, "fail"]);
	});

	test("leaves an exporter that runs alone, and says which it is", async () => {
		const config = await configOf();
		const exporter = await startInside(lab(), config);
		const before = await programsOnAll(lab());
		const { code, of } = await examine(config);
		expect(of("exporter")[0]?.text).toMatch(
			new RegExp(`^process ${exporter.process.pid} has the pins, since 2`),
		);
		expect(of("port")).toEqual([
			{ check: "port", status: "ok", text: "127.0.0.1:8080 is in use while an lbscope runs" },
		]);
		expect(of("interfaces").map(({ status }) => status)).toEqual(["ok"]);
		expect(code).toBe(0);
		expect(await programsOnAll(lab())).toEqual(before);
		await exporter.pageWhere(() => true);
		const { stderr } = await exporter.process.stop();
		expect(stderr).not.toMatch(/level=(warn|error)/);
		await runLbscope(lab(), ["cleanup", "--config", config]);
	});

	test("tells the programs of others in their order, before and after ours", async () => {
		const { netns, path } = lab().balancer;
		const foreign = await loadForeignProgram();
		undo.push(() => foreign.close());
		const config = await configOf();
		const exporter = await startInside(lab(), config);
		undo.push(() => exporter.process.stop());
		undo.push(foreign.addLink(path, "client1", "ingress"));
		await run(inNetns(netns, ["tc", "qdisc", "add", "dev", "client1", "clsact"]));
		undo.push(() => run(inNetns(netns, ["tc", "qdisc", "delete", "dev", "client1", "clsact"])));
		foreign.addFilter(path, "client1", "egress", 7, 1);
		const facts = (await examine(config)).of("interfaces");
		expect(facts.map(({ status, text }) => `${status} ${text}`)).toEqual([
			expect.stringMatching(/^warn client1 ingress: foreign \(tcx\) -> lbscope; /),
			expect.stringMatching(/^warn client1 egress: lbscope -> bpf foreign.* at 7 \(clsact\); /),
		]);
	});

	test("and check show an interface whose name would steer a terminal as plain text", async () => {
		const { netns } = lab().balancer;
		const name = "\u001b[31m\u202e";
		await run(inNetns(netns, ["ip", "link", "add", name, "type", "veth", "peer", "name", "late1"]));
		undo.push(() => run(inNetns(netns, ["ip", "link", "delete", "late1"])));
		for (const device of [name, "late1"]) await run(inNetns(netns, ["ip", "link", "set", device, "up"]));
		const config = await configOf({ interfaces: "auto", pins: { enabled: false } });
		for (const command of ["doctor", "check"]) {
			const { code, stdout } = await runLbscope(lab(), [command, "--config", config], { netns });
			expect(code).toBe(0);
			expect(stdout).toContain("\\u001b[31m\\u202e");
			for (const line of stdout.trimEnd().split("\n")) expect(line).not.toMatch(STEERING);
		}
	});

	test("warns of pins that belong to another user, and of a file that is wrong", async () => {
		const directory = pins();
		mkdirSync(directory, { mode: 0o700 });
		chownSync(directory, NOBODY, NOBODY);
		const others = await examine(await configOf({ pins: { path: directory } }));
		expect(others.of("bpffs")[0]).toMatchObject({
			status: "warn",
			text: `counts begin anew with each run: ${directory} belongs to user ${NOBODY}, expected 0`,
		});
		const wrong = await examine(await file("wrong.yaml", "lisen: 1\n"));
		expect(wrong.of("config")[0]?.text).toMatch(/wrong.yaml:1:1: unknown key "lisen"/);
		expect(wrong.code).toBe(1);
	});

	test("fails when somebody else has the port", async () => {
		const serve =
			"import http.server as s; s.HTTPServer(('127.0.0.1', 8080), s.SimpleHTTPRequestHandler).serve_forever()";
		const other = lab().spawn(lab().balancer.netns, ["python3", "-c", `${serve}`]);
		undo.push(() => other.stop());
		const config = await configOf({ pins: { enabled: false } });
		await expect
			.poll(async () => (await examine(config)).of("port")[0]?.status, { timeout: 10_000 })
			.toBe("fail");
	});
});
