/** The page, as scrapers get it. */
import { once } from "node:events";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { Body } from "../../src/model/body.ts";
import type { Page, Scrape } from "../../src/web/scrape.ts";
import { ask, bigPage, countHolds, METRICS, pageOf, stalledScrape, start } from "./started-server.ts";

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

describe("HEAD /metrics", () => {
	it("has the headers and no body", async () => {
		const { port } = await start();
		const answer = await ask(port, "/metrics", { method: "HEAD" });
		expect(answer).toMatchObject({ status: 200, headers: { "content-length": String(METRICS.length) } });
		expect(answer.body).toHaveLength(0);
	});
});
