import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { withExporter } from "../with-exporter.ts";
import { PROGRAM, runLbscope } from "./program.ts";

interface Row {
	readonly map: string;
	readonly [field: string]: unknown;
}

describeAsRoot("lbscope dump", 20_000, () => {
	const lab = withLab({ prefix: "opdump" });
	const exporter = withExporter(lab);

	async function dump(...args: string[]): Promise<Row[]> {
		const { code, stdout, stderr } = await runLbscope(lab(), [
			"dump",
			"--pid",
			String(exporter().pid),
			...args,
		]);
		expect([code, stderr]).toEqual([0, ""]);
		const lines = stdout.trimEnd().split("\n");
		return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Row);
	}

	async function failure(args: readonly string[], under: readonly string[] = [], exit = 1): Promise<string> {
		const { code, stdout, stderr } = await runLbscope(lab(), ["dump", ...args], { under });
		expect([code, stdout]).toEqual([exit, ""]);
		return stderr;
	}

	test("shows the services", async () => {
		const rows = await dump("services");
		expect(rows).toHaveLength(lab().services.length);
		expect(rows).toContainEqual({ map: "services", vip: "10.99.0.1:80", protocol: "tcp", slot: 0 });
		expect(rows).toContainEqual(expect.objectContaining({ vip: "[fd00:99::1]:53", protocol: "udp" }));
	});

	test("shows the totals of services that exist, and no other row", async () => {
		const zeros = { packets: 0, bytes: 0, requests: 0 };
		const empty = lab().services.map((_, slot) => ({ map: "totals", slot, ...zeros }));
		expect(await dump("totals")).toEqual(empty);
	});

	test("shows a flow, its pair and its total", async () => {
		const holding = converse(lab(), {
			service: lab().service("web"),
			count: 1,
			firstPort: 40_000,
			holdSeconds: 4,
		});
		await exporter().pageWhere((page) => page.value("active_flow_count_tcp") === 1);
		const [flow] = await dump("flows");
		const [{ endpoint } = { endpoint: null }] = await holding;
		expect(flow).toMatchObject({ protocol: "tcp", client: "10.10.1.2:40000", vip: "10.99.0.1:80", endpoint });
		expect(flow).toMatchObject({ state: "active" });
		await exporter().nextPage();
		const rows = await dump();
		expect(new Set(rows.map(({ map }) => map))).toEqual(
			new Set(["services", "flows", "pairs", "handshakes", "totals"]),
		);
		const [pair] = rows.filter(({ map }) => map === "pairs");
		expect(pair).toMatchObject({ slot: 0, client: "10.10.1.2", endpoint });
		const total = rows.find(({ map, slot }) => map === "totals" && slot === 0);
		expect(total).toMatchObject({ requests: 1, bytes: pair?.bytes, packets: pair?.packets });
	});

	test("ends well when its reader does", async () => {
		const command = [...PROGRAM, "dump", "--pid", String(exporter().pid)].join(" ");
		const script = `set -o pipefail; ${command} | head -1`;
		const { code, stdout, stderr } = await lab().spawn(undefined, ["bash", "-c", script]).ended;
		expect([code, stderr]).toEqual([0, ""]);
		expect(stdout.split("\n")).toHaveLength(2);
	});

	test("asks which one when two run", async () => {
		const other = await startExporter(lab());
		const words = await failure([]);
		await other.stop();
		expect(words).toMatch(
			/^lbscope: Cannot dump: lbscope runs as [\d, ]+, expected --pid with one of them\n$/,
		);
		expect(words.match(/\d+/g)).toEqual(expect.arrayContaining([String(exporter().pid), String(other.pid)]));
	});

	test("says when none runs", async () => {
		// A pid namespace of its own, since others may run on this machine.
		const alone = ["unshare", "--pid", "--fork", "--mount-proc"];
		expect(await failure([], alone)).toBe(
			"lbscope: Cannot dump: no running lbscope found, expected one, or --pid\n",
		);
	});

	test.each([
		["another program", ["--pid", String(process.pid)], `process ${process.pid} has no map`],
		["nobody", ["--pid", "4194304"], "Cannot look into process 4194304: ESRCH, there is no such process"],
	])("refuses %s", async (_, args, words) => {
		expect(await failure(args)).toContain(words);
	});

	test("takes a map that there is not for a mistake in the command", async () => {
		expect(await failure(["flaws"], [], 2)).toBe(
			"lbscope: cannot dump map flaws, expected one of services, flows, pairs, others, ledger, handshakes, totals\n" +
				'Try "lbscope --help".\n',
		);
	});

	test("refuses who is not root", async () => {
		const under = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
		const words = await failure(["--pid", String(exporter().pid)], under);
		expect(words).toMatch(/^lbscope: Cannot look into process \d+: (EACCES|EPERM), .*expected root\n$/);
	});
});
