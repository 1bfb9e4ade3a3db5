import { expect, test } from "vitest";
import { lastDataPath } from "./pages.ts";
import { pairSums, poll, reading, slotSums, totals } from "./readings.ts";

const LOXILB = { services: [], missedFlows: 0, unattributed: { bytes: 0, packets: 0 } };

test("of a source that sees no events, requests and errors are not known, and traffic is", () => {
	const pages = [0, 1_000].map((readAtMs) => {
		const pairs = pairSums([slotSums({ bytes: readAtMs, packets: 1 })]);
		return poll({ reading: reading({ readAtMs, services: [totals("web")], pairs, loxilb: LOXILB }) });
	});
	const dataPath = lastDataPath(pages);
	expect(dataPath).toMatchObject({ requests: undefined, errors: undefined, newFlows: undefined });
	expect(dataPath.rates).toMatchObject({ requests: undefined, errors: undefined, bytes: 1_000 });
	expect(dataPath.services).toMatchObject([
		{
			bytes: 1_000,
			requests: undefined,
			errors: undefined,
			unattributedBytes: undefined,
			rps1mAvg: undefined,
		},
	]);
});
