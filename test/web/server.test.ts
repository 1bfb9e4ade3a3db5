/** Through real HTTP on a free port of the loopback. */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Body } from "../../src/model/body.ts";
import { OPEN_DOOR } from "../../src/web/door.ts";
import { landingPage } from "../../src/web/landing.ts";
import { createPage, fixedBody } from "../../src/web/page.ts";
import type { Page, Scrape } from "../../src/web/scrape.ts";
import { createServer, type RunningServer, type Served } from "../../src/web/server.ts";

const METRICS = "# TYPE total_requests counter\ntotal_requests 1\n";
const running: RunningServer[] = [];
afterEach(async () => {
	await Promise.all(running.splice(0).map((server) => server.close()));
});

function pageOf(...pieces: readonly (string | Buffer)[]): Page {
	return createPage([fixedBody(pieces.map((piece) => Buffer.from(piece)))]);
}

function createTestServer(more: Partial<Served> = {}): RunningServer {
	return createServer(servedWith(more));
}

function servedWith(more: Partial<Served>): Served {
	const page = pageOf(METRICS);
	return {
		page: () => page,
		systemMetrics: async () => "process_open_fds 20\n",
		scraped: () => {},
		refused: () => {},
		notReady: () => undefined,
		reload: () => undefined,
		landing: landingPage("0.1.0"),
		...more,
	};
}

async function start(more: Partial<Served> = {}): Promise<{ server: RunningServer; port: number }> {
	const server = createTestServer(more);
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
function bigPage(): Page {
	return pageOf(...Array.from({ length: 64 }, (_, i) => Buffer.alloc(512 * 1024, 65 + (i % 26))));
}

/** Counts the pieces that are held. */
function countHolds({ plain }: Page): { readonly page: Page; readonly held: () => number } {
	let held = 0;
	const hold = () =>
		plain.hold().map(({ bytes }) => {
			held++;
			return { bytes, release: () => void held-- };
		});
	return { page: createPage([{ byteLength: plain.byteLength, hold }]), held: () => held };
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
		const pages = [pageOf("first 1\n"), pageOf("second 2\n")];
		const { port } = await start({ page: () => pages.shift() });
		expect((await ask(port, "/metrics")).body.toString()).toBe("first 1\n");
		expect((await ask(port, "/metrics")).body.toString()).toBe("second 2\n");
	});

	it("is there for one more, when 40 readers hold it and take nothing", async () => {
		const page = bigPage();
		const { port } = await start({ page: () => page });
		const stalled = await Promise.all(Array.from({ length: 40 }, () => stalledScrape(port)));
		for (const socket of stalled) socket.once("error", () => {});
		const status = async () => (await ask(port, "/metrics", { method: "HEAD" })).status;
		await expect.poll(status, { timeout: 10_000 }).toBe(200);
		for (const socket of stalled) socket.destroy();
	});
});

describe("a page while the next one is being made", () => {
	it("is waited for", async () => {
		let made = (_: Page) => {};
		const next = new Promise<Page>((resolve) => {
			made = resolve;
		});
		const { port } = await start({ page: () => next });
		const answer = ask(port, "/metrics");
		await ask(port, "/-/healthy");
		made(pageOf("second 2\n"));
		expect((await answer).body.toString()).toBe("second 2\n");
	});

	it("is 503 with a text when that takes too long", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout"] });
		try {
			let isAsked = () => {};
			const asked = new Promise<void>((resolve) => {
				isAsked = resolve;
			});
			const never = () => {
				isAsked();
				return new Promise<Page>(() => {});
			};
			const { port } = await start({ page: never });
			const answer = ask(port, "/metrics");
			await asked;
			await vi.advanceTimersByTimeAsync(5_000);
			const { status, body } = await answer;
			expect([status, body.toString()]).toEqual([503, "The next page is not made yet.\n"]);
		} finally {
			vi.useRealTimers();
		}
	});
});

describe("a page of many pieces", () => {
	it("is sent whole, and each piece is released", async () => {
		const { page, held } = countHolds(bigPage());
		const { port } = await start({ page: () => page });
		const answers = await Promise.all([ask(port, "/metrics"), ask(port, "/metrics")]);
		await expect.poll(held).toBe(0);
		const whole = Buffer.concat(page.plain.hold().map(({ bytes }) => bytes));
		expect(answers.every(({ body }) => body.equals(whole))).toBe(true);
	});

	it("is released piece by piece as a reader takes it, and whole when the reader is gone", async () => {
		const { page, held } = countHolds(bigPage());
		const { port } = await start({ page: () => page });
		const socket = await stalledScrape(port);
		await expect.poll(held).toBeLessThan(64);
		expect(held()).toBeGreaterThan(0);
		socket.destroy();
		await expect.poll(held).toBe(0);
	});

	it("is taken from a reader who is not done after a minute", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout"] });
		try {
			const { page, held } = countHolds(bigPage());
			const { port } = await start({ page: () => page });
			const socket = await stalledScrape(port);
			socket.once("error", () => {});
			await expect.poll(held).toBeLessThan(64);
			expect(held()).toBeGreaterThan(0);
			await vi.advanceTimersByTimeAsync(60_000);
			await expect.poll(held).toBe(0);
			socket.destroy();
		} finally {
			vi.useRealTimers();
		}
	});

	it("is not held for one who left before it was made", async () => {
		const { page, held } = countHolds(bigPage());
		let made = (_: Page) => {};
		const next = new Promise<Page>((resolve) => {
			made = resolve;
		});
		let asked = 0;
		const { port } = await start({
			page: () => {
				asked++;
				return next;
			},
		});
		const socket = connect(port, "127.0.0.1");
		socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
		await expect.poll(() => asked).toBe(1);
		socket.destroy();
		await once(socket, "close");
		await ask(port, "/-/healthy");
		made(page);
		await ask(port, "/-/healthy");
		expect(held()).toBe(0);
	});
});

describe("gzip", () => {
	/** Random digits, so that there is much to send. */
	const digits = Buffer.from(Array.from({ length: 4 << 20 }, () => 48 + Math.floor(Math.random() * 10)));

	it("is made once for all, and not for the one who asked first and left", async () => {
		const page = pageOf(digits);
		const gzips: unknown[] = [];
		const gzip = () => {
			gzips.push(page.gzip());
			return gzips.at(-1) as Promise<Body>;
		};
		const { port } = await start({ page: () => ({ ...page, gzip }) });
		const leaver = connect(port, "127.0.0.1");
		leaver.write("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
		await expect.poll(() => gzips.length).toBe(1);
		leaver.destroy();
		const headers = { "accept-encoding": "gzip" };
		const answers = await Promise.all([
			ask(port, "/metrics", { headers }),
			ask(port, "/metrics", { headers }),
		]);
		for (const { body } of answers) expect(gunzipSync(body).equals(digits)).toBe(true);
		expect(new Set(gzips).size).toBe(1);
	});

	it("is not made of a page so large that it costs more than it spares", async () => {
		const page = bigPage();
		const { port } = await start({ page: () => page });
		const answer = await ask(port, "/metrics", { headers: { "accept-encoding": "gzip" } });
		expect(answer.headers).not.toHaveProperty("content-encoding");
		expect(answer.body).toHaveLength(page.plain.byteLength);
	});
});

describe("a scrape", () => {
	it("is reported when it was sent whole, and only then", async () => {
		const scrapes: Scrape[] = [];
		const { page } = countHolds(bigPage());
		const { port } = await start({ page: () => page, scraped: (scrape) => scrapes.push(scrape) });
		(await stalledScrape(port)).destroy();
		await ask(port, "/metrics", { method: "HEAD" });
		await ask(port, "/metrics");
		await expect.poll(() => scrapes.map(({ bytes }) => bytes)).toEqual([page.plain.byteLength]);
		expect(scrapes[0]?.durationMs).toBeGreaterThan(0);
	});
});

describe("GET /system/metrics", () => {
	it("is the exporter's own metrics alone, in the text format 0.0.4", async () => {
		const { port } = await start();
		const answer = await ask(port, "/system/metrics");
		expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
		expect(answer.body.toString()).toBe("process_open_fds 20\n");
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

describe("a reload", () => {
	it.each([
		[undefined, 403, "Not enabled: reload.http is false.\n"],
		[Promise.resolve(true), 200, "The configuration is reloaded.\n"],
		[
			Promise.resolve(false),
			500,
			"The configuration is not reloaded, the old one runs on. The log says why.\n",
		],
	] as const)("%# says what came of it", async (reloading, status, text) => {
		const { port } = await start({ reload: () => reloading });
		const answer = await ask(port, "/-/reload", { method: "POST" });
		expect([answer.status, answer.body.toString()]).toEqual([status, text]);
	});

	it("by GET is refused with what is allowed", async () => {
		const { port } = await start();
		const answer = await ask(port, "/-/reload");
		expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
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

describe("further paths", () => {
	it("give the same page, and nothing but GET and HEAD", async () => {
		const page = pageOf(METRICS);
		const server = createServer(servedWith({ page: () => page }), OPEN_DOOR, ["/netlox/v1/metrics"]);
		running.push(server);
		const { port } = await server.listen("127.0.0.1", 0);
		const there = await ask(port, "/netlox/v1/metrics");
		expect([there.status, there.body.toString()]).toEqual([200, METRICS]);
		expect(there.headers["content-type"]).toBe((await ask(port, "/metrics")).headers["content-type"]);
		expect((await ask(port, "/netlox/v1/metrics", { method: "POST" })).status).toBe(405);
		expect((await ask(port, "/netlox/v1")).status).toBe(404);
		expect((await ask(port, "/netlox/v1/metrics/")).status).toBe(404);
	});
});

describe("listen", () => {
	it("says which address is in use", async () => {
		const { port } = await start();
		const second = createTestServer();
		await expect(second.listen("127.0.0.1", port)).rejects.toThrow(
			`Cannot listen on 127.0.0.1:${port}: the address is in use, expected a free one`,
		);
	});

	it("puts an IPv6 address in brackets", async () => {
		const server = createTestServer();
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
		const page = bigPage();
		const { server, port } = await start({ page: () => page });
		const socket = await stalledScrape(port);
		const closed = server.close();
		const body = await textOf(socket);
		expect(body.length).toBeGreaterThan(page.plain.byteLength);
		await closed;
	});

	it("is done at once for a server that never listened, and may be asked twice", async () => {
		const idle = createTestServer();
		await idle.close();
		await idle.close();
	});
});
