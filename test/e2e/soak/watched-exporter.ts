/** The exporter of a soak, followed over its restarts: each of its pages is checked against the one before. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Exporter, pollsOf } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { createUse, type Use } from "./use.ts";

const LOOK_MS = 100;
/** A scrape beyond the limit, while a fault makes many. */
const TOO_MANY = /: 503 Too many scrapes/;

export interface WatchedExporter {
	/** The one that runs now. */
	now(): Exporter;
	/** It is about to end: from now on its pages may fail. */
	leaves(): void;
	/** The next one. `anew`: what it counts begins again. */
	follow(exporter: Exporter, anew?: boolean): void;
	/** What processes took, of the one that runs now. */
	use(): Use;
	/** @throws what has been wrong with a page so far. */
	check(): void;
	/** How many pages were looked at. */
	pages(): number;
	stop(): Promise<void>;
}

export function watchExporter(first: Exporter): WatchedExporter {
	let exporter: Exporter | undefined = first;
	let use = createUse(first.pid);
	let last: { readonly page: Page; readonly exporter: Exporter } | undefined;
	let wrong: Error | undefined;
	let pages = 0;
	let isOver = false;

	async function look(): Promise<void> {
		const asked = exporter;
		if (!asked) return;
		try {
			const page = await asked.page();
			if (asked !== exporter || (last?.exporter === asked && pollsOf(page) === pollsOf(last.page))) return;
			expectPage(page, asked);
			last = { page, exporter: asked };
			pages++;
			use.sample();
		} catch (error) {
			if (asked === exporter && !TOO_MANY.test((error as Error).message)) wrong ??= error as Error;
		}
	}

	function expectPage(page: Page, asked: Exporter): void {
		const isNext = last?.exporter === asked && pollsOf(page) === pollsOf(last.page) + 1;
		expectIdentities(page, isNext ? last?.page : undefined);
		if (last && !isNext) expectNoneDown(page, last.page, true);
		expectRates(page);
	}

	const watching = (async () => {
		while (!isOver) {
			await look();
			await sleep(LOOK_MS);
		}
	})();

	return {
		now() {
			if (!exporter) throw new Error("no exporter runs now");
			return exporter;
		},
		leaves() {
			exporter = undefined;
		},
		follow(next, anew = false) {
			if (anew) last = undefined;
			exporter = next;
			use = createUse(next.pid);
		},
		use: () => use,
		check() {
			if (wrong) throw wrong;
		},
		pages: () => pages,
		async stop() {
			isOver = true;
			await watching;
		},
	};
}

/** Rates divide by the time between two polls; by that of a clock that was set, it would be hours, or less than none. */
function expectRates(page: Page): void {
	// Neither is there before the second poll.
	const flows = page.sum("new_flow_count");
	if (flows === 0) return;
	const seconds = flows / page.value("rps_requests");
	expect(seconds, "seconds between polls, by new_flow_count and rps_requests").toBeGreaterThan(0);
	expect(seconds, "seconds between polls, by new_flow_count and rps_requests").toBeLessThan(600);
}
