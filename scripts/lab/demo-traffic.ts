/** A steady mix of everything that happens to a load balancer: about 40 conversations per second. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "./lab.ts";
import { type Conversation, converse, type TrafficOptions } from "./traffic.ts";

type Stream = Omit<TrafficOptions, "service"> & { readonly label: string; readonly rate: number };

/** Rates per second. Each stream is one small process; it ends by itself after a round, so none outlives a crash by long. */
const STREAMS: readonly Stream[] = [
	{ label: "web", rate: 8, client: 1, requestBytes: 400, responseBytes: 12_000 },
	{ label: "web-v6", rate: 5, client: 2, requestBytes: 400, responseBytes: 12_000 },
	{ label: "web", rate: 3, client: 2, ending: "endpoint-first", responseBytes: 100_000 },
	{ label: "web", rate: 2, client: 1, holdSeconds: 5, concurrency: 20 },
	{ label: "web", rate: 1, client: 2, ending: "client-reset" },
	{ label: "dns", rate: 8, client: 1, requestBytes: 60, responseBytes: 180 },
	{ label: "dns-v6", rate: 5, client: 2, requestBytes: 60, responseBytes: 180 },
	{ label: "dns", rate: 1, client: 2, requestBytes: 3000, responseBytes: 4000 },
	{ label: "ngap", rate: 2, client: 1, holdSeconds: 2 },
	{ label: "ngap-v6", rate: 1, client: 2 },
	{ label: "ngap", rate: 0.5, client: 2, ending: "client-reset" },
	{ label: "abort", rate: 0.5, client: 1 },
	{ label: "refused", rate: 1, client: 1 },
	{ label: "refused-v6", rate: 0.5, client: 2 },
	{ label: "reset", rate: 1, client: 2 },
	{ label: "reset-v6", rate: 0.5, client: 1 },
	{ label: "blackhole", rate: 0.5, client: 1, timeoutSeconds: 8 },
	{ label: "closed", rate: 1, client: 1 },
	{ label: "closed-v6", rate: 0.5, client: 2 },
];
const ROUND_SECONDS = 60;

export interface DemoTraffic {
	/** Outcomes so far, counted when a round ends. */
	readonly outcomes: ReadonlyMap<string, number>;
	/** Rejects when a stream can not run. */
	readonly failed: Promise<never>;
	/** No further rounds. What runs ends with the lab. */
	stop(): void;
}

export function startDemoTraffic(lab: Lab): DemoTraffic {
	const outcomes = new Map<string, number>();
	const stopping = new AbortController();
	const loops = STREAMS.map((stream, index) => runStream(lab, stream, index, outcomes, stopping.signal));
	return {
		outcomes,
		failed: new Promise((_, reject) => {
			Promise.all(loops).catch(reject);
		}),
		stop: () => stopping.abort(),
	};
}

async function runStream(
	lab: Lab,
	{ label, ...options }: Stream,
	index: number,
	outcomes: Map<string, number>,
	stopping: AbortSignal,
): Promise<void> {
	// Streams of the same rate would all knock at the same moment.
	await sleep(index * 100);
	while (!stopping.aborted) {
		const round = { count: Math.ceil(options.rate * ROUND_SECONDS), withinMs: (ROUND_SECONDS + 30) * 1000 };
		try {
			countOutcomes(await converse(lab, { ...options, ...round, service: lab.service(label) }), outcomes);
		} catch (error) {
			if (!stopping.aborted) throw error;
		}
	}
}

function countOutcomes(rows: readonly Conversation[], outcomes: Map<string, number>): void {
	for (const { outcome } of rows) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}
