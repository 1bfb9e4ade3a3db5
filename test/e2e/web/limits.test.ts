/** Connections and scrapes that are cut, through real sockets. Nothing here says when; without a limit it would be never. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeAuthority } from "../../web/certificates.ts";
import { curl } from "../../web/curl.ts";
import { type OpenServer, openServer } from "../../web/open-server.ts";
import { withFolder } from "../../web/with-folder.ts";

vi.setConfig({ testTimeout: 60_000 });

const folder = withFolder();
const ATTACKER = "127.0.0.66";
const REQUEST = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
const MOST_CONNECTIONS = 128;

let plain: OpenServer;
let tls: OpenServer;
beforeAll(async () => {
	const { certFile, keyFile } = makeAuthority(folder, "authority").sign("server", "IP:127.0.0.1");
	const webConfig = join(folder, "web.yml");
	writeFileSync(webConfig, JSON.stringify({ tls_server_config: { cert_file: certFile, key_file: keyFile } }));
	plain = await openServer({ pageMegabytes: 100, log: () => {} });
	tls = await openServer({ webConfig, log: () => {} });
});
afterAll(() => Promise.all([plain?.close(), tls?.close()]));

function open({ port }: OpenServer, from = ATTACKER): Socket {
	return connect({ port, host: "127.0.0.1", localAddress: from }).on("error", () => {});
}

async function closed(socket: Socket): Promise<void> {
	if (!socket.closed) await once(socket, "close");
}

const ESTABLISHED = "01";

/** What the kernel says of the server's end: a reader who takes nothing does not hear that it was closed. */
function serverStates(port: number, clientPort = 0): string[] {
	const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
	const sockets = readFileSync("/proc/net/tcp", "utf8").split("\n");
	return sockets.flatMap((line) => {
		const [, local = "", remote = "", state = ""] = line.trim().split(/\s+/);
		return local.endsWith(`:${hex(port)}`) && remote.endsWith(`:${hex(clientPort)}`) ? [state] : [];
	});
}

const scrape = ({ port }: OpenServer, scheme = "http") =>
	curl(
		"--insecure",
		"--output",
		"/dev/null",
		"--write-out",
		"\n%{http_code}",
		`${scheme}://127.0.0.1:${port}/metrics`,
	);

describe("is cut in the end", () => {
	test.concurrent("who says nothing", async () => {
		await closed(open(plain).resume());
	});

	test.concurrent("who never ends a header", async () => {
		const socket = open(plain).resume();
		socket.write("GET / HTTP/1.1\r\n");
		const timer = setInterval(() => socket.write("X: y\r\n"), 300);
		await closed(socket);
		clearInterval(timer);
	});

	test.concurrent("who never ends the header of a second request", async () => {
		const socket = open(plain).resume();
		socket.write("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n");
		const timer = setInterval(() => socket.write("X: y\r\n"), 300);
		await closed(socket);
		clearInterval(timer);
	});

	test.concurrent.each(["", "1603010200"])("who stops in a handshake after %j", async (hex) => {
		const socket = open(tls).resume();
		socket.write(Buffer.from(hex, "hex"));
		await closed(socket);
	});

	test.concurrent("who takes nothing of a page", async ({ expect }) => {
		const socket = open(plain);
		socket.write(REQUEST);
		await once(socket, "readable");
		const states = () => serverStates(plain.port, socket.localPort);
		expect(states()).toEqual([ESTABLISHED]);
		await expect.poll(states, { timeout: 40_000, interval: 500 }).not.toEqual([ESTABLISHED]);
		socket.destroy();
	});
});

describe("with all connections taken by one client", () => {
	test.each(["plain", "tls"] as const)("another one comes in (%s)", async (name) => {
		const server = name === "plain" ? plain : tls;
		const held = Array.from({ length: MOST_CONNECTIONS }, () => open(server).resume());
		await Promise.all(held.map((socket) => once(socket, "connect")));
		expect((await scrape(server, name === "plain" ? "http" : "https")).status).toBe(200);
		await Promise.race(held.map(closed));
		for (const socket of held) socket.destroy();
	});

	test("the idle one of another stays", async () => {
		const idle = open(plain, "127.0.0.1");
		const answers: string[] = [];
		idle.on("data", (bytes) => answers.push(String(bytes).split("\r\n")[0] ?? ""));
		const ask = () => idle.write("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
		ask();
		await expect.poll(() => answers).toEqual(["HTTP/1.1 200 OK"]);
		const held = Array.from({ length: MOST_CONNECTIONS * 2 }, () => open(plain).resume());
		await Promise.all(held.map((socket) => once(socket, "connect")));
		ask();
		await expect.poll(() => answers).toEqual(["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]);
		for (const socket of [idle, ...held]) socket.destroy();
	});
});
