/** Through real HTTP on a free port of the loopback. */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RunningServer } from "../src/http-server.ts";
import { landingPage } from "../src/landing.ts";
import { makePage } from "../src/page.ts";
import { createServer, type Page, type Served } from "../src/server.ts";

const METRICS = "# TYPE total_requests counter\ntotal_requests 1\n";
const running: RunningServer[] = [];
afterEach(async () => {
	await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(more: Partial<Served> = {}): Promise<{ server: RunningServer; port: number }> {
	const page = await makePage([Buffer.from(METRICS)]);
	const server = createServer({
		page: () => page,
		notReady: () => undefined,
		landing: landingPage("0.1.0"),
		...more,
	});
	running.push(server);
	const { port } = await server.listen("127.0.0.1", 0);
	return { server, port };
}

interface Answer {
	readonly status: number | undefined;
	readonly headers: IncomingMessage["headers"];
	readonly body: Buffer;
}

interface Ask {
	readonly method?: string;
	readonly headers?: Record<string, string>;
	readonly agent?: Agent;
}

async function ask(
	port: number,
	path: string,
	{ method = "GET", headers = {}, agent }: Ask = {},
): Promise<Answer> {
	const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: agent ?? false });
	asked.end();
	const [answer] = (await once(asked, "response")) as [IncomingMessage];
	const chunks: Buffer[] = [];
	for await (const chunk of answer) chunks.push(chunk);
	return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
}

/** Sends bytes as they are, and gives what comes back until the server closes. */
async function askRaw(port: number, bytes: string): Promise<string> {
	const socket = connect(port, "127.0.0.1");
	socket.write(bytes);
	return textOf(socket);
}

/** A big page whose reader takes nothing, so that the scrape keeps running. */
async function bigPage(): Promise<Page> {
	return makePage([Buffer.alloc(32 * 1024 * 1024, "x")]);
}

async function stalledScrape(port: number): Promise<Socket> {
	const socket = connect(port, "127.0.0.1");
	socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	await once(socket, "readable");
	return socket;
}

describe("GET /metrics", () => {
	it("is the page in the text format 0.0.4, whatever Accept says", async () => {
		const { port } = await start();
		const answer = await ask(port, "/metrics", {
			headers: { accept: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5" },
		});
		expect(answer.status).toBe(200);
		expect(answer.headers).toMatchObject({
			"content-type": "text/plain; version=0.0.4; charset=utf-8",
			"content-length": String(METRICS.length),
			"x-content-type-options": "nosniff",
			vary: "Accept-Encoding",
		});
		expect(answer.headers).not.toHaveProperty("x-powered-by");
		expect(answer.headers).not.toHaveProperty("etag");
		expect(answer.body.toString()).toBe(METRICS);
	});

	it.each(["gzip", "br, gzip;q=0.5", "*"])("is gzip for Accept-Encoding: %s", async (encoding) => {
		const { port } = await start();
		const answer = await ask(port, "/metrics", { headers: { "accept-encoding": encoding } });
		expect(answer.headers["content-encoding"]).toBe("gzip");
		expect(gunzipSync(answer.body).toString()).toBe(METRICS);
	});

	it.each(["gzip;q=0", "br", "identity", "*;q=0"])("is plain for Accept-Encoding: %s", async (encoding) => {
		const { port } = await start();
		const answer = await ask(port, "/metrics", { headers: { "accept-encoding": encoding } });
		expect(answer.headers).not.toHaveProperty("content-encoding");
		expect(answer.body.toString()).toBe(METRICS);
	});

	it("is 503 with a text before the first poll", async () => {
		const { port } = await start({ page: () => undefined });
		const answer = await ask(port, "/metrics");
		expect(answer.status).toBe(503);
		expect(answer.body.toString()).toBe("No page yet: the first poll is not done.\n");
	});

	it("follows the page of each poll", async () => {
		const pages = await Promise.all(["first 1\n", "second 2\n"].map((text) => makePage([Buffer.from(text)])));
		const { port } = await start({ page: () => pages.shift() });
		expect((await ask(port, "/metrics")).body.toString()).toBe("first 1\n");
		expect((await ask(port, "/metrics")).body.toString()).toBe("second 2\n");
	});

	it("is 503 beyond 40 running scrapes, and 200 again once they ended", async () => {
		const page = await bigPage();
		const { port } = await start({ page: () => page });
		const stalled = await Promise.all(Array.from({ length: 40 }, () => stalledScrape(port)));
		const refused = await ask(port, "/metrics");
		expect(refused.status).toBe(503);
		expect(refused.body.toString()).toBe("Too many scrapes: 40 are running.\n");
		expect((await ask(port, "/-/healthy")).status).toBe(200);
		for (const socket of stalled) socket.destroy();
		await expect.poll(async () => (await ask(port, "/metrics", { method: "HEAD" })).status).toBe(200);
	});
});

describe("HEAD /metrics", () => {
	it("has the headers and no body", async () => {
		const { port } = await start();
		const answer = await ask(port, "/metrics", { method: "HEAD" });
		expect(answer).toMatchObject({ status: 200, headers: { "content-length": String(METRICS.length) } });
		expect(answer.body).toHaveLength(0);
	});
});

describe("the other paths", () => {
	it("/ is a small page that links to the others and may load nothing", async () => {
		const { port } = await start();
		const answer = await ask(port, "/");
		expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
		expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
		expect(answer.body.toString()).toContain('<a href="/metrics">');
	});

	it("/-/healthy is 200", async () => {
		const { port } = await start();
		expect((await ask(port, "/-/healthy")).status).toBe(200);
	});

	it("/-/ready is 503 with the reason until there is none", async () => {
		const reasons: (string | undefined)[] = ["The last 3 polls failed.", undefined];
		const { port } = await start({ notReady: () => reasons.shift() });
		const red = await ask(port, "/-/ready");
		expect([red.status, red.body.toString()]).toEqual([503, "The last 3 polls failed.\n"]);
		expect((await ask(port, "/-/ready")).status).toBe(200);
	});

	it("are 404", async () => {
		const { port } = await start();
		const answer = await ask(port, "/metrics/../etc");
		expect([answer.status, answer.body.toString()]).toEqual([404, "Not found.\n"]);
	});

	it.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuse %s with what they allow", async (method) => {
		const { port } = await start();
		const answer = await ask(port, "/metrics", { method });
		expect([answer.status, answer.headers.allow, answer.body.toString()]).toEqual([
			405,
			"GET, HEAD",
			"Method not allowed.\n",
		]);
	});
});

describe("what goes wrong", () => {
	it("inside is 500 without a stack trace", async () => {
		const { port } = await start({
			page: () => {
				throw new Error("secret");
			},
		});
		const answer = await ask(port, "/metrics");
		expect([answer.status, answer.body.toString()]).toEqual([500, "Internal error.\n"]);
	});

	it("with headers over 8 KiB is 431", async () => {
		const { port } = await start();
		const answer = await askRaw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(9_000)}\r\n\r\n`);
		expect(answer).toMatch(/^HTTP\/1.1 431 /);
	});

	it("with a request that is none is 400", async () => {
		const { port } = await start();
		expect(await askRaw(port, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
	});
});

describe("listen", () => {
	it("says which address is in use", async () => {
		const { port } = await start();
		const second = createServer({ page: () => undefined, notReady: () => undefined, landing: "" });
		await expect(second.listen("127.0.0.1", port)).rejects.toThrow(
			`Cannot listen on 127.0.0.1:${port}: the address is in use, expected a free one`,
		);
	});

	it("puts an IPv6 address in brackets", async () => {
		const server = createServer({ page: () => undefined, notReady: () => undefined, landing: "" });
		await expect(server.listen("2001:db8::1", 9_000)).rejects.toThrow(
			"Cannot listen on [2001:db8::1]:9000: ",
		);
	});
});

describe("close", () => {
	it("ends idle keep-alive connections, and needs no deadline for it", async () => {
		const { server, port } = await start();
		const agent = new Agent({ keepAlive: true });
		await ask(port, "/-/healthy", { agent });
		vi.useFakeTimers({ toFake: ["setTimeout"] });
		await server.close().finally(() => vi.useRealTimers());
		agent.destroy();
	});

	it("lets a running answer finish, then ends its connection", async () => {
		const page = await bigPage();
		const { server, port } = await start({ page: () => page });
		const socket = await stalledScrape(port);
		const closed = server.close();
		const body = await textOf(socket);
		expect(body.length).toBeGreaterThan(page.text.length);
		await closed;
	});

	it("is done at once for a server that never listened, and may be asked twice", async () => {
		const idle = createServer({ page: () => undefined, notReady: () => undefined, landing: "" });
		await idle.close();
		await idle.close();
	});
});
