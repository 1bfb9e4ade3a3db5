/** The pages of a stretch of time. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Exporter, pollsOf } from "./exporter.ts";
import { expectIdentities } from "./identities.ts";
import type { Page } from "./page.ts";

const LOOK_MS = 20;

export interface Watched<Result> {
	readonly result: Result;
	/** The page of now, as the first page has to be compared with one. */
	readonly before: Page;
	/** One of each poll since, unless polls are faster than this machine reads; the last one has all that the work did. */
	readonly pages: readonly Page[];
	readonly last: Page;
}

/** Follows the pages while `work` is done and until it is on the page. All identities hold on each of them. */
export async function watchPages<Result>(
	exporter: Exporter,
	work: () => Promise<Result>,
): Promise<Watched<Result>> {
	const before = await exporter.nextPage();
	const pages = [before];
	let enough = Number.POSITIVE_INFINITY;
	const working = work().finally(() => {
		enough = pollsOf(lastOf(pages)) + 3;
	});
	// Its failure is for the await below; here it would be unhandled while pages are still looked at.
	working.catch(() => {});
	while (pollsOf(lastOf(pages)) < enough) {
		await sleep(LOOK_MS);
		addPage(pages, await exporter.page());
	}
	const result = await working;
	return { result, before, pages: pages.slice(1), last: lastOf(pages) };
}

function addPage(pages: Page[], page: Page): void {
	const before = lastOf(pages);
	if (pollsOf(page) === pollsOf(before)) return;
	expectIdentities(page, before);
	pages.push(page);
}

/** For sums over pages. */
export function expectNoneMissed({ before, pages }: Watched<unknown>): void {
	const first = pollsOf(before) + 1;
	expect(pages.map(pollsOf)).toEqual(pages.map((_, i) => first + i));
}

function lastOf(pages: readonly Page[]): Page {
	return pages.at(-1) as Page;
}
