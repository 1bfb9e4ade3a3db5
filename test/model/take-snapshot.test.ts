import { describe, expect, it } from "vitest";
import { lastDataPath, snapshotsOf } from "./pages.ts";
import { pairSums, poll, reading, service, slotSums, totals } from "./readings.ts";

const WEB = service("web", ["10.1.0.1", "10.1.0.2"]);
const ERRORS = [
	{ reason: "refused", origin: "endpoint", count: 2 },
	{ reason: "timeout", origin: "network", count: 0 },
] as const;

describe("the first page", () => {
	it("shows configured services and endpoints with counters at 0 and without shares or rates", () => {
		const page = lastDataPath([poll({ services: [WEB], reading: reading() })]);
		expect(page.services).toEqual([
			expect.objectContaining({
				service: "web",
				requests: 0,
				errors: 0,
				bytes: 0,
				packets: 0,
				share: undefined,
			}),
		]);
		expect(page.endpoints).toEqual([
			{ service: "web", dip: "10.1.0.1", bytes: 0, share: undefined },
			{ service: "web", dip: "10.1.0.2", bytes: 0, share: undefined },
		]);
		expect(page).toMatchObject({
			newFlows: undefined,
			rates: undefined,
			lcus: undefined,
		});
	});

	it("has no data path when the first reading failed", () => {
		const [page] = snapshotsOf([poll({ services: [WEB] })]);
		expect(page).toMatchObject({ services: [WEB], dataPath: undefined });
	});
});

describe("slots with one label", () => {
	const page = lastDataPath([
		poll({
			reading: reading({
				services: [
					totals("dns", { requests: 3, bytes: 110, packets: 3, errors: ERRORS }),
					totals("dns", { protocol: "udp", requests: 4, bytes: 40, packets: 4 }),
				],
				pairs: pairSums(
					[
						slotSums({ bytes: 70, packets: 1 }, { pair: { bytes: 30, packets: 1 } }),
						slotSums({ bytes: 40, packets: 4 }, { client: { bytes: 7, packets: 1 } }),
					],
					[["dns", "10.1.0.1", 110, 5]],
				),
			}),
		}),
	]);

	it("are one service, with the pairs that left", () => {
		expect(page.services).toEqual([
			expect.objectContaining({ requests: 7, errors: 2, bytes: 140, packets: 6, unattributedBytes: 10 }),
		]);
		expect(page.services[0]?.errorsBy).toEqual([{ reason: "refused", origin: "endpoint", count: 2 }]);
		expect(page.services[0]?.retired).toEqual({
			pair: { bytes: 30, packets: 1 },
			client: { bytes: 7, packets: 1 },
			endpoint: { bytes: 0, packets: 0 },
		});
	});

	it("are split by protocol in what was processed", () => {
		expect(page.processed).toEqual({
			tcp: { bytes: 100, packets: 2 },
			udp: { bytes: 40, packets: 4 },
			sctp: { bytes: 0, packets: 0 },
		});
	});
});

describe("a service that is not configured any more", () => {
	it("keeps its series as long as it has a slot", () => {
		const services = [totals("gone", { requests: 5, bytes: 100 })];
		const pairs = pairSums([slotSums({ bytes: 0, packets: 0 }, { pair: { bytes: 100, packets: 1 } })]);
		const page = lastDataPath([poll({ services: [WEB], reading: reading({ services, pairs }) })]);
		expect(page.services.map(({ service, requests, bytes }) => [service, requests, bytes])).toEqual([
			["gone", 5, 100],
			["web", 0, 0],
		]);
	});
});

describe("unattributed bytes", () => {
	const at = (kernelBytes: number) =>
		lastDataPath([
			poll({
				reading: reading({
					services: [totals("web", { bytes: kernelBytes })],
					pairs: pairSums([slotSums({ bytes: 100, packets: 1 })]),
				}),
			}),
		]).services[0]?.unattributedBytes;

	it("are what the kernel counted beyond the pairs", () => expect(at(130)).toBe(30));
	it("are never negative", () => expect(at(90)).toBe(0));
});

describe("a failed poll", () => {
	const before = poll({ reading: reading({ readAtMs: 0, services: [totals("web", { requests: 0 })] }) });
	const after = poll({ reading: reading({ readAtMs: 20_000, services: [totals("web", { requests: 40 })] }) });

	it("makes the next interval longer and disturbs nothing else", () => {
		const page = lastDataPath([before, poll(), after]);
		expect(page.newFlows).toBe(40);
		expect(page.rates?.requests).toBe(2);
	});
});
