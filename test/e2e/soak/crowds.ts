/** Too much of everything: flows, SYNs, scrapers. */
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { flood } from "../../../scripts/lab/flood.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { type Page, parsePage } from "../page.ts";
import { outcomeOf, rewrite } from "../reload/reloads.ts";
import type { Scene } from "./scene.ts";

const MOST_SYNS = 30_000;
/** How scrapes beyond the limit are refused. */
const TOO_MANY = /^Too many scrapes/;

export async function shrinkTables(scene: Scene): Promise<string> {
	const { lab, configured } = scene.ground;
	const exporter = scene.watched.now();
	const limits = { flows: 64, pairs: 2 };
	await outcomeOf(exporter, () => rewrite(lab, exporter, configured, { limits }));
	const full = await exporter.nextPage();
	const overflowOf = (page: Page) => page.sum("lbscope_overflow_packets_total");
	// On a busy machine the load may have ended by now.
	const crowd = { service: lab.service("web"), count: 2 * limits.flows, concurrency: 2 * limits.flows };
	await converse(lab, { ...crowd, holdSeconds: 1 });
	scene.conversed("web", crowd.count);
	const last = await exporter.pageWhere((page) => overflowOf(page) > overflowOf(full));
	expect(last.value("lbscope_map_entries", { map: "flows" })).toBeLessThanOrEqual(limits.flows);
	const outcome = await outcomeOf(exporter, () => rewrite(lab, exporter, configured, {}));
	expect(outcome).toContain("configuration reloaded");
	return `${overflowOf(last) - overflowOf(full)} packets found no room`;
}

/** At endpoints that do not answer: answers would go to nobody. */
export async function floodSyns({
	ground: { lab },
	watched,
	random,
	turn,
	conversed,
}: Scene): Promise<string> {
	const count = random.between(10_000, MOST_SYNS);
	// Three million addresses later nobody remembers the first.
	const used = (turn % 100) * MOST_SYNS;
	await flood(lab, { service: lab.service("blackhole"), count, used, withinMs: 60_000 });
	conversed("blackhole", count);
	const page = await watched.now().nextPage();
	const most = page.value("lbscope_map_capacity_entries", { map: "flows" });
	expect(page.value("lbscope_map_entries", { map: "flows" })).toBeLessThanOrEqual(most);
	return `${count} packets, ${page.value("inactive_flow_count")} half-open flows known`;
}

/** Those who find too many others there are told so, and come again. */
export async function scrape({ watched }: Scene): Promise<string> {
	const url = `${watched.now().url}/metrics`;
	let refusals = 0;
	async function scrapeUntilServed(encoding: string): Promise<string> {
		for (let attempt = 0; attempt < 200; attempt++) {
			const { status, text } = await scrapeOnce(url, encoding);
			if (status === 200) return text;
			expect([status, text]).toEqual([503, expect.stringMatching(TOO_MANY)]);
			refusals++;
			await sleep(50);
		}
		throw new Error("Cannot scrape: 200 refusals, expected a page");
	}
	for (let round = 0; round < 3; round++) {
		const encodings = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? "gzip" : "identity"));
		const texts = await Promise.all(encodings.map(scrapeUntilServed));
		for (const text of new Set(texts)) parsePage(text);
	}
	return `300 pages, and ${refusals} scrapers told to come again`;
}

/** By a connection of its own that ends with it: those of fetch() are kept for a minute. */
async function scrapeOnce(url: string, encoding: string): Promise<{ status: number; text: string }> {
	const headers = { "accept-encoding": encoding };
	const asked = get(url, { agent: false, headers, signal: AbortSignal.timeout(20_000) });
	const [answer] = (await once(asked, "response")) as [IncomingMessage];
	const body = await buffer(answer);
	const isZipped = answer.headers["content-encoding"] === "gzip";
	return { status: answer.statusCode ?? 0, text: (isZipped ? gunzipSync(body) : body).toString() };
}
