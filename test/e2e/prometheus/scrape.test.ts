import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startTraffic } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { freePort } from "../exporter.ts";
import { withFiles } from "../operation/program.ts";
import { withExporter } from "../with-exporter.ts";

interface Metric {
	readonly name: string;
	readonly type: string;
	readonly labels: readonly string[];
}

/** The names that users' dashboards know. */
const CONTRACT = readFileSync(new URL("../../metrics/contract.txt", import.meta.url), "utf8")
	.split("\n")
	.filter((line) => line !== "" && !line.startsWith("#"))
	.map((line): Metric => {
		const [name = "", type = "", ...labels] = line.split(/\s+/);
		return { name, type, labels };
	});
const EXEMPT = JSON.parse(
	readFileSync(new URL("../../metrics/promtool-exempt.json", import.meta.url), "utf8"),
);

/** Where they must be, a skip would hide that they are not. */
const isMissing = spawnSync("prometheus", ["--version"]).error !== undefined && process.env.CI === undefined;
if (isMissing) console.warn("tests with Prometheus skipped: install the Debian package prometheus");

describeAsRoot("a real Prometheus", 40_000, () => {
	const lab = withLab({ prefix: "opprom", clients: 2 });
	const rules = [
		{ name: "block", action: "drop", source: "fd00:10:2::2", protocol: "udp" },
		{ name: "watch", action: "count", protocol: "tcp" },
	];
	const health = { interval: "200ms", rise: 1, fall: 1 };
	const exporter = withExporter(lab, { firewall: { rules }, health });
	const file = withFiles();

	function traffic() {
		const each = { count: 1000, rate: 20, timeoutSeconds: 1 };
		return ["web", "web-v6", "dns", "ngap", "refused"].map((label, i) =>
			startTraffic(lab(), { ...each, service: lab().service(label), client: i % 2 === 0 ? 1 : 2 }),
		);
	}

	test.skipIf(isMissing)(
		"scrapes every metric of the contract, with its labels, and has nothing to say",
		async () => {
			const running = [
				...traffic(),
				startTraffic(lab(), { service: lab().service("dns-v6"), client: 2, count: 9, timeoutSeconds: 0.2 }),
			];
			await exporter().pageWhere(
				(page) => page.value("total_errors") > 0 && page.value("processed_sctp_packets") > 0,
			);
			const prometheus = await startPrometheus();
			const scrapes = async () => Number((await prometheus.values("count_over_time(up[1m])"))[0] ?? 0);
			await expect.poll(scrapes, { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
			expect(await prometheus.values("min_over_time(up[1m])")).toEqual(["1"]);
			expect(CONTRACT).toHaveLength(42);
			const series = await prometheus.labelsByName();
			for (const { name, labels } of CONTRACT)
				expect([name, series.get(name)]).toEqual([name, [...labels].sort()]);
			const types = await prometheus.types();
			for (const { name, type } of CONTRACT) expect([name, types.get(name)]).toEqual([name, type]);
			expect(await prometheus.warnings()).toEqual([]);
			await Promise.all(running.map((each) => each.stop()));
		},
	);

	test.skipIf(isMissing)("finds fault with exempt names only, by promtool", async () => {
		const { text } = await exporter().page();
		const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
		const names = stderr
			.trimEnd()
			.split("\n")
			.map((line) => line.split(" ")[0] ?? "");
		expect(names.filter((name) => !(name in EXEMPT))).toEqual([]);
		// Naming complaints, and no other.
		expect(status).toBe(3);
	});

	/** In a directory of its own, on the loopback; it ends with the lab. */
	async function startPrometheus() {
		const target = new URL(exporter().url).host;
		const scrape = { job_name: "lbscope", scrape_interval: "400ms", scrape_timeout: "400ms" };
		const text = JSON.stringify({ scrape_configs: [{ ...scrape, static_configs: [{ targets: [target] }] }] });
		const config = await file("prometheus.yml", text);
		const address = `127.0.0.1:${await freePort()}`;
		const process = lab().spawn(undefined, [
			...["sh", "-c", 'exec "$@" 2>&1', "sh", "prometheus", `--config.file=${config}`],
			...[`--storage.tsdb.path=${join(dirname(config), "data")}`, `--web.listen-address=${address}`],
		]);
		await process.waitFor("Server is ready to receive web requests");
		return followPrometheus(`http://${address}/api/v1`, async () => (await process.stop()).stdout);
	}
});

function followPrometheus(api: string, stop: () => Promise<string>) {
	const ask = async <Data>(path: string): Promise<Data> => {
		const answer = (await (await fetch(`${api}/${path}`)).json()) as { readonly data: Data };
		return answer.data;
	};
	const query = async (promql: string): Promise<readonly Sample[]> => {
		const path = `query?query=${encodeURIComponent(promql)}`;
		return (await ask<{ readonly result: readonly Sample[] }>(path)).result;
	};
	return {
		values: async (promql: string) => (await query(promql)).map(({ value: [, value] }) => value),
		/** Names of the labels, without those of the target. */
		async labelsByName(): Promise<Map<string, string[]>> {
			const samples = await query('{job="lbscope"}');
			return new Map(
				samples.map(({ metric: { __name__ = "", job, instance, ...labels } }) => [
					__name__,
					Object.keys(labels).sort(),
				]),
			);
		},
		async types(): Promise<Map<string, string>> {
			const metadata = await ask<Record<string, readonly { readonly type: string }[]>>("metadata");
			return new Map(Object.entries(metadata).map(([name, [first]]) => [name, first?.type ?? ""]));
		},
		/** Of its log, which ends with it. */
		async warnings(): Promise<string[]> {
			const lines = (await stop()).split("\n").filter((line) => /level=(warn|error)/.test(line));
			return lines.filter((line) => !line.includes("Received SIGTERM"));
		},
	};
}

interface Sample {
	readonly metric: Readonly<Record<string, string>>;
	readonly value: readonly [time: number, value: string];
}
