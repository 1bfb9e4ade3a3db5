/** TLS as curl and openssl see it. */
import { execFile } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { makeAuthority } from "./certificates.ts";
import { curl } from "./curl.ts";
import { type OpenServer, openServer } from "./open-server.ts";
import { withFolder } from "./with-folder.ts";

const folder = withFolder();
const authority = makeAuthority(folder, "authority");
const stranger = makeAuthority(folder, "stranger");
const first = authority.sign("first", "IP:127.0.0.1");
const second = authority.sign("second", "IP:127.0.0.1");
const client = authority.sign("client", "DNS:prometheus.example,IP:fd00::7");
const foreign = stranger.sign("foreign", "DNS:prometheus.example");

const TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";
const MUTUAL = `${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n`;

vi.setConfig({ testTimeout: 30_000 });

let running: OpenServer | undefined;
afterEach(async () => {
	await running?.close();
	running = undefined;
});

function useCertificate({ certFile, keyFile }: typeof first): void {
	copyFileSync(certFile, join(folder, "server.crt"));
	copyFileSync(keyFile, join(folder, "server.key"));
}

async function start(file: string) {
	useCertificate(first);
	copyFileSync(authority.certFile, join(folder, "ca.crt"));
	const webConfig = join(folder, "web.yml");
	writeFileSync(webConfig, file);
	const log: string[] = [];
	running = await openServer({ webConfig, log: (line) => log.push(line) });
	const { port } = running;
	const ask: typeof curl = (...args) =>
		curl("--cacert", authority.certFile, ...args, `https://127.0.0.1:${port}/metrics`);
	return { port, ask, log: () => log.join("") };
}

/** What openssl says of it. */
function handshake(port: number, ...args: string[]): Promise<string> {
	return new Promise((resolve) => {
		const client = execFile("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...args], (_, stdout) =>
			resolve(stdout),
		);
		client.stdin?.end();
	});
}

const as = ({ certFile, keyFile }: typeof first) => ["--cert", certFile, "--key", keyFile];

describe("TLS", () => {
	test("with files beside the web configuration serves the page, and nothing in clear text", async () => {
		const { port, ask } = await start(TLS);
		expect(await ask()).toMatchObject({ status: 200, body: expect.stringContaining("total_requests 1") });
		expect((await ask("--tls-max", "1.2")).status).toBe(200);
		expect((await ask("--tls-max", "1.1")).status).toBe(0);
		expect((await curl(`http://127.0.0.1:${port}/metrics`)).status).toBe(0);
	});

	test("takes PEM inside the file, versions, suites and curves by the names of Go", async () => {
		const inline = JSON.stringify({
			tls_server_config: {
				cert_file: "server.crt",
				key_file: "server.key",
				min_version: "TLS12",
				max_version: "TLS12",
				cipher_suites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
				curve_preferences: ["CurveP384", "CurveP256"],
				prefer_server_cipher_suites: true,
			},
		});
		const { port, ask } = await start(inline);
		expect((await ask()).status).toBe(200);
		expect((await ask("--tlsv1.3")).status).toBe(0);
		expect((await ask("--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384")).status).toBe(200);
		expect((await ask("--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256")).status).toBe(0);
		const said = await handshake(port, "-groups", "X25519:P-256:P-384");
		expect(said).toContain("Server Temp Key: ECDH, secp384r1");
	});

	test("takes TLS 1.0 where the file asks for it", async () => {
		const { ask } = await start(`${TLS}  min_version: TLS10\n`);
		const old = ["--tls-max", "1.0", "--ciphers", "DEFAULT@SECLEVEL=0"];
		expect((await ask(...old)).status).toBe(200);
		expect((await ask()).status).toBe(200);
	});
});

describe("client certificates", () => {
	test("are required and verified", async () => {
		const { ask } = await start(MUTUAL);
		expect((await ask(...as(client))).status).toBe(200);
		expect((await ask()).status).toBe(0);
		expect((await ask(...as(foreign))).status).toBe(0);
	});

	test.each([
		["prometheus.example", 200],
		["fd00::7", 200],
		["example", 0],
	])("must have one of the allowed names: with %s alone it is %i", async (name, status) => {
		const { ask } = await start(`${MUTUAL}  client_allowed_sans: ["${name}"]\n`);
		expect((await ask(...as(client))).status).toBe(status);
	});

	test.each([
		["RequestClientCert", 200, 200, 200],
		["RequireAnyClientCert", 0, 200, 200],
		["VerifyClientCertIfGiven", 200, 200, 0],
	])("%s: none %i, one of ours %i, of a stranger %i", async (type, none, ours, strangers) => {
		const { ask } = await start(`${TLS}  client_auth_type: ${type}\n  client_ca_file: ca.crt\n`);
		expect((await ask()).status).toBe(none);
		expect((await ask(...as(client))).status).toBe(ours);
		expect((await ask(...as(foreign))).status).toBe(strangers);
	});
});

describe("files that change", () => {
	const isServed = async (ask: typeof curl, name: string) => {
		const { text } = await ask("--write-out", "%{certs}\n%{http_code}");
		return text.includes(`Subject:CN = ${name}`);
	};

	test("give a new certificate, and a bad one keeps the old and is said once", async () => {
		const { log, ask } = await start(TLS);
		expect(await isServed(ask, "first")).toBe(true);
		useCertificate(second);
		await expect.poll(() => isServed(ask, "second"), { timeout: 10_000 }).toBe(true);
		copyFileSync(first.certFile, join(folder, "server.crt"));
		await expect.poll(log, { timeout: 10_000 }).toContain("web configuration not taken");
		expect(await isServed(ask, "second")).toBe(true);
		expect(log().match(/not taken.*key values mismatch/g)).toHaveLength(1);
		useCertificate(first);
		await expect.poll(() => isServed(ask, "first"), { timeout: 10_000 }).toBe(true);
		expect(log()).toContain("over");
	});

	test("give a new client CA, which holds for sessions of before, too", async () => {
		const { ask } = await start(MUTUAL);
		expect((await ask(...as(client))).status).toBe(200);
		copyFileSync(stranger.certFile, join(folder, "ca.crt"));
		await expect.poll(async () => (await ask(...as(foreign))).status, { timeout: 10_000 }).toBe(200);
		expect((await ask(...as(client))).status).toBe(0);
	});

	test("cannot turn TLS off without a restart", async () => {
		const { log, ask } = await start(TLS);
		writeFileSync(join(folder, "web.yml"), "");
		await expect.poll(log, { timeout: 10_000 }).toContain("expected a restart");
		expect((await ask()).status).toBe(200);
	});
});
