/** The page that a poll makes. */
import type { Body } from "../model/body.ts";
import type { SelfMetrics } from "../self/self-metrics.ts";
import { createPage, fixedBody, type MakePage } from "../web/page.ts";

/** The families of a poll, and behind them the exporter's own metrics as they are when somebody asks for the page. */
export async function withSelf(making: Promise<Body>, self: SelfMetrics): Promise<MakePage> {
	const families = await making;
	return async () => {
		const page = createPage([families, fixedBody([Buffer.from(await self.text())])]);
		self.pageMade(page.plain.byteLength);
		return page;
	};
}
