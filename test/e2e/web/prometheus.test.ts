/** A real Prometheus, and promtool, with the files that the server has. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { makeAuthority } from "../../web/certificates.ts";
import { type OpenServer, openServer } from "../../web/open-server.ts";
import { withFolder } from "../../web/with-folder.ts";

/** Where they must be, a skip would hide that they are not. */
const isMissing = spawnSync("prometheus", ["--version"]).error !== undefined && process.env.CI === undefined;
if (isMissing) console.warn("tests with Prometheus skipped: install the Debian package prometheus");

vi.setConfig({ testTimeout: 60_000 });

const folder = withFolder();
const HASH = "$2y$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu";
const TOKEN = "2a8f4c61d0b94e5f8a7d";

let server: OpenServer | undefined;
let prometheus: ChildProcess | undefined;
afterAll(async () => {
	await server?.close();
	if (prometheus?.exitCode === null) {
		prometheus.kill("SIGTERM");
		await once(prometheus, "exit");
	}
});

async function startPrometheus(config: object): Promise<string> {
	const file = join(folder, "prometheus.json");
	writeFileSync(file, JSON.stringify(config));
	mkdirSync(join(folder, "tsdb"));
	const free = createServer().listen(0, "127.0.0.1");
	await once(free, "listening");
	const address = `127.0.0.1:${(free.address() as { port: number }).port}`;
	free.close();
	await once(free, "close");
	const paths = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, "tsdb")}`];
	prometheus = spawn("prometheus", [...paths, `--web.listen-address=${address}`], { stdio: "ignore" });
	return `http://${address}/api/v1/targets`;
}

interface Targets {
	readonly data: { readonly activeTargets: readonly Target[] };
}

interface Target {
	readonly health: string;
	readonly lastError: string;
	readonly labels: { readonly job: string };
}

async function healthByJob(url: string): Promise<Record<string, string>> {
	try {
		const { data } = (await (await fetch(url)).json()) as Targets;
		return Object.fromEntries(
			data.activeTargets.map(({ labels, health, lastError }) => [
				labels.job,
				health === "up" ? "up" : lastError.replace(/^.*: /, ""),
			]),
		);
	} catch {
		return {};
	}
}

describe.skipIf(isMissing)("Prometheus", () => {
	test("scrapes over TLS with a client certificate and a password or a token, and not without", async () => {
		const authority = makeAuthority(folder, "authority");
		const own = authority.sign("server", "IP:127.0.0.1");
		const client = authority.sign("client", "DNS:prometheus.example");
		const webConfig = join(folder, "web.yml");
		const tls = {
			cert_file: "server.crt",
			key_file: own.keyFile,
			client_auth_type: "RequireAndVerifyClientCert",
			client_ca_file: "authority.crt",
		};
		writeFileSync(
			webConfig,
			JSON.stringify({ tls_server_config: tls, basic_auth_users: { prometheus: HASH } }),
		);
		const tokens = join(folder, "tokens");
		writeFileSync(tokens, `${TOKEN}\n`);
		server = await openServer({ webConfig, tokens, log: () => {} });
		const tls_config = { ca_file: authority.certFile, cert_file: client.certFile, key_file: client.keyFile };
		const job = (job_name: string, more: object) => ({
			...{ job_name, scheme: "https", scrape_interval: "500ms", scrape_timeout: "500ms", tls_config },
			static_configs: [{ targets: [`127.0.0.1:${server?.port}`] }],
			...more,
		});
		const right = { username: "prometheus", password: "correct horse" };
		const url = await startPrometheus({
			scrape_configs: [
				job("password", { basic_auth: right }),
				job("token", { authorization: { credentials: TOKEN } }),
				job("wrong password", { basic_auth: { ...right, password: "wrong" } }),
				job("nothing", {}),
				job("no certificate", { basic_auth: right, tls_config: { ca_file: authority.certFile } }),
			],
		});
		await expect
			.poll(() => healthByJob(url), { timeout: 40_000 })
			.toEqual({
				password: "up",
				token: "up",
				"wrong password": expect.stringMatching(/HTTP status (401|429)/),
				nothing: expect.stringContaining("HTTP status 401"),
				"no certificate": expect.stringMatching(/EOF|reset|certificate/),
			});
	});

	test("takes for good what the server takes, by promtool", () => {
		const { status, stdout, stderr } = spawnSync(
			"promtool",
			["check", "web-config", join(folder, "web.yml")],
			{
				encoding: "utf8",
			},
		);
		expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining("SUCCESS")]);
	});
});
