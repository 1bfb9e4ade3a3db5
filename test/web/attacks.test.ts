/** A real scrape, by curl, while the server is attacked from another address of the loopback. Figures: SECURITY.md. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ATTACKS } from "./attacks.ts";
import { makeAuthority, withFolder } from "./certificates.ts";
import { measureAttack } from "./measure-attack.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const HASH = "$2y$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu";
const USER = "prometheus:correct horse";
const AUTHORIZATION = `Basic ${Buffer.from(USER).toString("base64")}`;
const MOST_GROWN_BYTES = 100 * 1024 * 1024;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = withFolder();

async function start(tls: boolean): Promise<ServerProcess> {
	const authority = makeAuthority(folder, "authority");
	const { certFile, keyFile } = authority.sign("server", "IP:127.0.0.1");
	copyFileSync(certFile, join(folder, "server.crt"));
	const section = { tls_server_config: { cert_file: certFile, key_file: keyFile } };
	const file = join(folder, `${tls}.yml`);
	writeFileSync(file, JSON.stringify({ ...(tls && section), basic_auth_users: { prometheus: HASH } }));
	return startServer("--web.config.file", file, "--page-mb", tls ? "1" : "100");
}

describe.each([{ tls: false }, { tls: true }])("with TLS $tls", ({ tls }) => {
	let server: ServerProcess;
	beforeAll(async () => {
		server = await start(tls);
	});
	afterAll(() => server?.stop());

	const urlOf = (path: string) => `http${tls ? "s" : ""}://127.0.0.1:${server.port}${path}`;
	const asScraper = ["--user", USER, "--interface", "127.0.0.1", "--insecure"];

	test.each(ATTACKS.filter((attack) => (attack.tls ?? false) === tls))("$name", async (attack) => {
		const { statuses, grownBytes, answers, durations } = await measureAttack({
			attack,
			server,
			target: { from: "127.0.0.66", authorization: AUTHORIZATION },
			scrape: [...asScraper, urlOf("/metrics")],
			scrapes: 3,
			pauseMs: 300,
		});
		console.log(attack.name, durations, grownBytes / 1e6, answers, server.log());
		expect(statuses).toEqual([200, 200, 200]);
		expect(grownBytes).toBeLessThan(MOST_GROWN_BYTES);
		expect(server.log()).not.toMatch(/\n\s+at /);
	});
});
