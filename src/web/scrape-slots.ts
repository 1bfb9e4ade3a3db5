/** Scrapes under way. Their number is limited: each may hold a page of old, and all share one CPU. */
import type { Request, Response } from "express";
import { clientOf, countClients } from "./client-address.ts";

export interface ScrapeSlots {
	/** Until the response closes; undefined when there is no room. */
	take(req: Request, res: Response): ScrapeSlot | undefined;
	/** Cuts readers of other pages who have stalled: of each such page memory is kept. */
	cutStalled(current: object): void;
}

export interface ScrapeSlot {
	/** From here on it is the reader who is waited for. */
	begin(page: object): void;
	/** A piece was taken by the reader. */
	moved(): void;
}

interface Scrape {
	readonly client: string;
	readonly res: Response;
	/** What is sent; undefined before. */
	page: object | undefined;
	movedAtMs: number;
}

/** Who takes no piece, of half a MB at most, for so long has to make room when another client wants some. */
const STALLED_MS = 100;
/** Or the same client, which would else have its own readers cut again and again: each costs megabytes of copying. */
const OWN_STALLED_MS = 1_000;
/** Or when a page is kept for this reader alone. */
const HOLDS_UP_MS = 2_000;

export function createScrapeSlots(limit: number): ScrapeSlots {
	/** In the order in which they began. */
	const running = new Set<Scrape>();
	const cut = (scrape: Scrape) => {
		running.delete(scrape);
		scrape.res.destroy();
	};
	return {
		take(req, res) {
			const client = clientOf(req.socket);
			const victim = running.size < limit ? undefined : findVictim(running, client);
			if (victim) cut(victim);
			if (running.size >= limit) return undefined;
			const scrape: Scrape = { client, res, page: undefined, movedAtMs: performance.now() };
			const moved = () => {
				scrape.movedAtMs = performance.now();
			};
			running.add(scrape);
			res.once("close", () => running.delete(scrape));
			return {
				begin(page) {
					scrape.page = page;
					moved();
				},
				moved,
			};
		},
		cutStalled(current) {
			for (const scrape of running)
				if (scrape.page !== current && isStalled(scrape, HOLDS_UP_MS)) cut(scrape);
		},
	};
}

/** Who has stalled for longest, or else of another client that has more than half of all. */
function findVictim(running: ReadonlySet<Scrape>, client: string): Scrape | undefined {
	const byMove = [...running].sort((a, b) => a.movedAtMs - b.movedAtMs);
	const counts = countClients(byMove.map((scrape) => scrape.client));
	const stalledMs = counts.has(client) ? OWN_STALLED_MS : STALLED_MS;
	const stalled = byMove.find((scrape) => isStalled(scrape, stalledMs));
	if (stalled) return stalled;
	return byMove.find(
		(scrape) => scrape.client !== client && (counts.get(scrape.client) ?? 0) > running.size / 2,
	);
}

function isStalled({ page, movedAtMs }: Scrape, forMs: number): boolean {
	return page !== undefined && performance.now() - movedAtMs >= forMs;
}
