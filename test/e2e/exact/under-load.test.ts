/** Everything at once for a while: what holds for one page holds for every page. */
import { expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { type Conversation, converse, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectNoneMissed, watchPages } from "../watch-pages.ts";
import { withExporter } from "../with-exporter.ts";

type Stream = Omit<TrafficOptions, "service" | "count"> & {
	readonly label: string;
	readonly rate: number;
	readonly isError?: boolean;
};

const SECONDS = 10;
/** Rates per second. UDP has fixed ports: the kernel may choose one twice, and then two conversations are one flow. */
const STREAMS: readonly Stream[] = [
	{ label: "web", rate: 20, client: 1, responseBytes: 100_000 },
	{ label: "web-v6", rate: 15, client: 2, responseBytes: 12_000, ending: "endpoint-first" },
	{ label: "web", rate: 5, client: 2, ending: "half-close" },
	{ label: "web", rate: 5, client: 1, holdSeconds: 2, concurrency: 20 },
	{ label: "web", rate: 4, client: 2, ending: "client-reset", isError: true },
	{ label: "dns", rate: 30, client: 1, firstPort: 20_000 },
	{ label: "dns-v6", rate: 20, client: 2, firstPort: 21_000, datagrams: 3 },
	{ label: "dns", rate: 3, client: 2, firstPort: 22_000, requestBytes: 3000, responseBytes: 4000 },
	{ label: "ngap", rate: 5, client: 1, holdSeconds: 1, firstPort: 23_000 },
	{ label: "ngap-v6", rate: 5, client: 2, firstPort: 24_000 },
	{ label: "abort", rate: 3, client: 1, firstPort: 25_000, isError: true },
	{ label: "refused", rate: 4, client: 1, isError: true },
	{ label: "reset-v6", rate: 4, client: 2, isError: true },
	{ label: "blackhole", rate: 2, client: 1, timeoutSeconds: 1.5, isError: true },
	{ label: "closed", rate: 3, client: 1, firstPort: 26_000, isError: true },
];

describeAsRoot("under load", 60_000, () => {
	const lab = withLab({ prefix: "xload", clients: 2, offloads: "on" });
	const exporter = withExporter(lab, { poll: { interval: "1s" }, timeouts: { tcp_handshake: "1s" } });

	test("every identity holds on every page, and every flow is counted at the end", async () => {
		const watched = await watchPages(exporter(), () => runStreams(lab()));
		expectNoneMissed(watched);
		expect(watched.pages.length).toBeGreaterThan(SECONDS);
		expect(watched.last.value("total_requests")).toBe(watched.result.length);
		const page = await exporter().pageWhere((now) => now.value("total_errors") === errorsExpected());
		expect(page.sum("lbscope_unattributed_bytes")).toBe(0);
		expect(page.sum("lb_rule_interaction_bytes", { dip: "unknown" })).toBe(0);
	});

	test("no byte waits on the first page after the traffic has stopped", async () => {
		const service = lab().service("web");
		await converse(lab(), { service, count: 50, responseBytes: 500_000 });
		expect((await exporter().nextPage()).sum("lbscope_unattributed_bytes")).toBe(0);
	});
});

async function runStreams(lab: Lab): Promise<Conversation[]> {
	const running = STREAMS.map(({ label, isError, ...stream }) =>
		converse(lab, { ...stream, service: lab.service(label), count: stream.rate * SECONDS }),
	);
	return (await Promise.all(running)).flat();
}

function errorsExpected(): number {
	return STREAMS.reduce((sum, { rate, isError }) => sum + (isError ? rate * SECONDS : 0), 0);
}
