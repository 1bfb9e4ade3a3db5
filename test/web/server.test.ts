import { Agent } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { ask, askRaw, bigPage, createTestServer, METRICS, stalledScrape, start } from "./started-server.ts";

describe("GET /system/metrics", () => {
	it("is the exporter's own metrics alone, in the text format 0.0.4", async () => {
		const { port } = await start();
		const answer = await ask(port, "/system/metrics");
		expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
		expect(answer.body.toString()).toBe("process_open_fds 20\n");
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
		const { port } = await start({}, ["/netlox/v1/metrics"]);
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
