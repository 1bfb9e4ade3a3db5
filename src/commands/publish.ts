/** The page that a poll makes. */
import type { Body } from "../model/body.ts";
import type { SelfMetrics } from "../self/self-metrics.ts";
import { createPage, fixedBody } from "../web/page.ts";
import type { Page } from "../web/scrape.ts";

/** The families of a poll, and behind them the exporter's own metrics. */
export async function withSelf(making: Promise<Body>, self: SelfMetrics): Promise<Page> {
	const families = await making;
	const page = createPage([families, fixedBody([Buffer.from(await self.text())])]);
	self.pageMade(page.plain.byteLength);
	return page;
}
