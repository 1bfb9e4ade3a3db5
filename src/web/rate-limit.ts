/** As `rate_limit` of the exporters: a bucket that a request takes a token from. */
import type { RequestHandler } from "express";
import type { RateLimit } from "../config/web-file.ts";
import { sendBusy } from "./send.ts";

export function limitRate(limit: () => RateLimit | undefined, refused: () => void): RequestHandler {
	let current: RateLimit | undefined;
	let tokens = 0;
	let atMs = 0;
	return (_, res, next) => {
		const wanted = limit();
		if (wanted === undefined) return next();
		if (wanted !== current) tokens = wanted.burst;
		current = wanted;
		const nowMs = performance.now();
		tokens = Math.min(wanted.burst, tokens + (nowMs - atMs) / wanted.intervalMs);
		atMs = nowMs;
		if (tokens < 1) {
			refused();
			return sendBusy(res, 429, "Too many requests: see rate_limit.");
		}
		tokens--;
		next();
	};
}
