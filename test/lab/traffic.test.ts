import { expect, test } from "vitest";
import { runIperf } from "../../scripts/lab/iperf.ts";
import { converse, type Outcome, type TrafficOptions } from "../../scripts/lab/traffic.ts";
import { runUsrsctp } from "../../scripts/lab/usrsctp.ts";
import { describeAsRoot } from "./as-root.ts";
import { countBy, sumOf, withLab } from "./with-lab.ts";

type Case = readonly [service: string, ending: TrafficOptions["ending"], outcome: Outcome];

/** What a client meets, whatever the family. */
const CASES: readonly Case[] = [
	["web", "graceful", "ok"],
	["web", "endpoint-first", "ok"],
	["web", "half-close", "ok"],
	["web", "client-reset", "ok"],
	["web", "endpoint-reset", "reset"],
	["reset", "graceful", "reset"],
	["refused", "graceful", "refused"],
	["blackhole", "graceful", "timeout"],
	["dns", "graceful", "ok"],
	["closed", "graceful", "refused"],
	["ngap", "graceful", "ok"],
	["ngap", "endpoint-first", "ok"],
	["ngap", "client-reset", "ok"],
	["ngap", "endpoint-reset", "aborted"],
	["abort", "graceful", "refused"],
];

describeAsRoot("traffic of a lab", 20_000, () => {
	const lab = withLab({ prefix: "traffic", clients: 2 });

	test.each(
		CASES.flatMap(([label, ...rest]) => [[label, ...rest] as const, [`${label}-v6`, ...rest] as const]),
	)("%s, %s: %s", async (label, ending = "graceful", outcome) => {
		const service = lab().service(label);
		const rows = await converse(lab(), {
			service,
			ending,
			count: 9,
			timeoutSeconds: 1.2,
			responseBytes: 5000,
		});
		expect(countBy(rows, "outcome")).toEqual({ [outcome]: 9 });
		if (outcome !== "ok") return;
		const spread = service.endpoints.map(({ address }) => [address, 3]);
		expect(countBy(rows, "endpoint")).toEqual(Object.fromEntries(spread));
		expect(rows.every((row) => row.sent === 100 && row.received === 5000)).toBe(true);
	});

	test("keeps to ports and sizes", async () => {
		const service = lab().service("web-v6");
		const shape = { count: 10, rate: 20, firstPort: 30_000, requestBytes: 200_000, responseBytes: 300_000 };
		const rows = await converse(lab(), { service, client: 2, ...shape });
		expect(rows.map((row) => row.port).sort()).toEqual(Array.from({ length: 10 }, (_, i) => 30_000 + i));
		expect(sumOf(rows, (row) => row.sent)).toBe(2_000_000);
		expect(sumOf(rows, (row) => row.received)).toBe(3_000_000);
	});

	test("uses one 5-tuple again and again when the endpoint closes first", async () => {
		const shape = { count: 1, firstPort: 31_000, ending: "endpoint-first" } as const;
		for (let i = 0; i < 3; i++) {
			const rows = await converse(lab(), { service: lab().service("web"), ...shape });
			expect(rows).toMatchObject([{ port: 31_000, outcome: "ok" }]);
		}
	});

	test("carries fragments", async () => {
		const shape = { count: 5, requestBytes: 9000, responseBytes: 20_000, datagrams: 2 };
		const rows = await converse(lab(), { service: lab().service("dns-v6"), ...shape });
		expect(rows.every((row) => row.sent === 18_000 && row.received === 40_000)).toBe(true);
	});

	test("carries associations of usrsctp", async () => {
		expect(await runUsrsctp(lab(), 50, 1000)).toEqual({ messages: 50, bytes: 50_000 });
	});

	test("carries iperf3", async () => {
		const result = await runIperf(lab(), {
			protocol: "udp",
			family: 6,
			seconds: 1,
			args: ["-l", "64", "-b", "1M"],
		});
		expect(result.packets).toBeGreaterThan(1000);
	});
});
