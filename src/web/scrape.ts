/** GET /metrics: the page of the last poll, whose bytes all scrapers share. */
import { performance } from "node:perf_hooks";
import type { Request, RequestHandler, Response } from "express";
import type { Body } from "../model/body.ts";
import type { ScrapeSlot, ScrapeSlots } from "./scrape-slots.ts";
import { sendBody, sendBusy } from "./send.ts";

export interface Page {
	readonly plain: Body;
	/** Made at the first call. Undefined when the page is better sent plain. */
	gzip(): Promise<Body> | undefined;
}

/** From the request to the last byte that the kernel took. */
export interface Scrape {
	readonly durationMs: number;
	/** As sent. */
	readonly bytes: number;
}

export interface ServedPage {
	/** Undefined until the first poll. A promise while a page is being made, for which a scrape waits. */
	page(): Page | undefined | Promise<Page | undefined>;
	/** Called after each page that was sent whole. */
	scraped(scrape: Scrape): void;
}

/** Always 0.0.4, whatever Accept says: OpenMetrics would rename total_requests. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const PAGE_WITHIN_MS = 5_000;

export function servePage(served: ServedPage, slots: ScrapeSlots, refused: () => void): RequestHandler {
	return async (req, res) => {
		const startMs = performance.now();
		const slot = slots.take(req, res);
		if (!slot) {
			refused();
			return sendBusy(res, 503, "Too many scrapes are running.");
		}
		const given = served.page();
		// What is at hand is not awaited: a page can be held only until the next one begins.
		const page = given instanceof Promise ? await within(PAGE_WITHIN_MS, given) : given;
		if (page === "late") return sendBusy(res, 503, "The next page is not made yet.");
		if (page === undefined) return sendBusy(res, 503, "No page yet: the first poll is not done.");
		slots.cutStalled(page);
		const ended = (bytes: number) => served.scraped({ durationMs: performance.now() - startMs, bytes });
		await sendPage(req, res, page, slot, ended);
	};
}

async function sendPage(
	req: Request,
	res: Response,
	page: Page,
	slot: ScrapeSlot,
	ended: (bytes: number) => void,
): Promise<void> {
	const zipping = acceptsGzip(req) ? page.gzip() : undefined;
	const body = zipping ? await zipping : page.plain;
	if (res.destroyed) return;
	slot.begin(page);
	setHeaders(res, body, zipping && "gzip");
	if (req.method === "HEAD") return void res.end();
	sendBody(
		res.once("finish", () => ended(body.byteLength)),
		body,
		slot.moved,
	);
}

function setHeaders(res: Response, body: Body, encoding: "gzip" | undefined): void {
	res.set("Content-Type", METRICS_TYPE).set("Vary", "Accept-Encoding");
	res.set("Content-Length", String(body.byteLength));
	if (encoding) res.set("Content-Encoding", encoding);
}

function acceptsGzip(req: Request): boolean {
	return req.acceptsEncodings("gzip", "identity") === "gzip";
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | "late"> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<"late">((resolve) => {
		timer = setTimeout(() => resolve("late"), limitMs);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
