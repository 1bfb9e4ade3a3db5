/** A server that asks for a password, as a process, and its scraper. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Attack } from "../../web/attacks.ts";
import { makeAuthority } from "../../web/certificates.ts";
import { type Measured, measureAttack } from "./measure-attack.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** "correct horse", by crypt(3). */
const HASH = "$2y$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu";
const USER = "prometheus:correct horse";
const SMALL_MEGABYTES = 5;

export interface AttackedServer {
	readonly server: ServerProcess;
	/** From one address of the loopback, while the scraper has another, or the same. */
	attack(attack: Attack, from: string): Promise<Measured>;
	curlArgs(path: string): string[];
}

/** For one attack, or for all that need the same. */
export async function startAttacked(folder: string, { tls, pageMegabytes }: Attack): Promise<AttackedServer> {
	const own = mkdtempSync(join(folder, "attacked-"));
	const { certFile, keyFile } = makeAuthority(own, "authority").sign("server", "IP:127.0.0.1");
	const section = tls && { tls_server_config: { cert_file: certFile, key_file: keyFile } };
	const file = join(own, "web.yml");
	writeFileSync(file, JSON.stringify({ ...section, basic_auth_users: { prometheus: HASH } }));
	const megabytes = String(pageMegabytes ?? SMALL_MEGABYTES);
	const server = await startServer("--web.config.file", file, "--page-mb", megabytes);
	const url = `http${tls ? "s" : ""}://127.0.0.1:${server.port}`;
	const curlArgs = (path: string) => ["--user", USER, "--insecure", `${url}${path}`];
	return {
		server,
		curlArgs,
		attack: (attack, from) =>
			measureAttack({
				attack,
				server,
				target: { from, authorization: `Basic ${Buffer.from(USER).toString("base64")}` },
				scrape: curlArgs("/metrics"),
			}),
	};
}
