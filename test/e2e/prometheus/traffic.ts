/** Traffic of every kind, all of it within one minute, and what its own programs and conntrack counted of it. */
import { type ConntrackRow, serviceRows } from "../../../scripts/lab/conntrack.ts";
import { watchConntrack } from "../../../scripts/lab/conntrack-watch.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { LabProcess } from "../../../scripts/lab/processes.ts";
import {
	type Conversation,
	converse,
	startTraffic,
	type TrafficOptions,
} from "../../../scripts/lab/traffic.ts";
import { conntrackSums, serviceOf, type Traffic } from "../truth.ts";

type Stream = Omit<TrafficOptions, "service" | "count"> & { readonly label: string; readonly rate: number };

/** Of the streams below, but for what they wait for. */
const SECONDS = 20;

/** UDP flows live on and have to have ports of their own: what reuses one is no new flow. */
const STREAMS: readonly Stream[] = [
	{ label: "web", rate: 8, client: 1, requestBytes: 400, responseBytes: 12_000 },
	{ label: "web", rate: 3, client: 2, responseBytes: 50_000 },
	{ label: "web", rate: 1, client: 2, ending: "client-reset" },
	{ label: "web-v6", rate: 4, client: 2, responseBytes: 8000 },
	{ label: "dns", rate: 8, client: 1, firstPort: 20_000, requestBytes: 60, responseBytes: 180 },
	{ label: "dns-v6", rate: 4, client: 1, firstPort: 22_000, requestBytes: 60, responseBytes: 180 },
	{ label: "ngap", rate: 2, client: 1 },
	{ label: "ngap", rate: 0.4, client: 2, ending: "client-reset" },
	{ label: "abort", rate: 0.4, client: 1 },
	{ label: "refused", rate: 1.2, client: 1 },
	{ label: "refused-v6", rate: 0.6, client: 2 },
	{ label: "reset", rate: 1.2, client: 2 },
	{ label: "blackhole", rate: 0.4, client: 1, timeoutSeconds: 3 },
	{ label: "closed", rate: 1.2, client: 1, firstPort: 24_000 },
];
/** The rule of FIREWALL drops each datagram of it. */
const DROPPED: Stream = { label: "dns-v6", rate: 2, client: 2, timeoutSeconds: 0.2, concurrency: 20 };

export const FIREWALL = {
	rules: [
		{ name: "block", action: "drop", source: "fd00:10:2::2", protocol: "udp" },
		{ name: "watch", action: "count", protocol: "tcp" },
	],
};

/** Connections that are open when the queries are asked. */
const HELD = { tcp: { label: "web", count: 5 }, sctp: { label: "ngap", count: 3 } } as const;
const HOLD_SECONDS = 80;

export type Counts = Readonly<Record<string, number>>;

/** By the word of the programs that made it. */
export interface EventTruth {
	readonly requests: Counts;
	readonly errors: Counts;
	/** UDP flows stay active, refused ones, too: their timeout is an hour here. */
	readonly active: { readonly tcp: number; readonly udp: number; readonly sctp: number };
	readonly drops: number;
}

export interface Truth extends EventTruth {
	/** By conntrack. Keys are service; "service dip"; "service sip"; "service sip dip". */
	readonly traffic: Readonly<Record<string, Traffic>>;
}

export interface Running {
	/** Waits until all but the held connections have ended. */
	finish(): Promise<EventTruth>;
	/** Ends the held ones, too. */
	trafficTruth(): Promise<Readonly<Record<string, Traffic>>>;
}

export async function startStreams(lab: Lab): Promise<Running> {
	const watch = await watchConntrack(lab);
	const held = Object.values(HELD).map(({ label, count }) => hold(lab, label, count));
	const rows = Promise.all([...STREAMS, DROPPED].map((stream) => run(lab, stream)));
	// Looked at when the streams have ended; a failure before that is not unhandled.
	rows.catch(() => {});
	return {
		finish: async () => eventsOf(await rows),
		async trafficTruth() {
			const flows = serviceRows(lab, await watch.finish());
			await Promise.all(held.map((each) => each.stop()));
			return trafficOf(lab, flows);
		},
	};
}

function hold(lab: Lab, label: string, count: number): LabProcess {
	const options = { service: lab.service(label), count, concurrency: count, holdSeconds: HOLD_SECONDS };
	return startTraffic(lab, { ...options, timeoutSeconds: HOLD_SECONDS, withinMs: 2000 * HOLD_SECONDS });
}

function run(lab: Lab, { label, ...options }: Stream): Promise<readonly Conversation[]> {
	const count = Math.ceil(options.rate * SECONDS);
	return converse(lab, { ...options, count, service: lab.service(label) });
}

function eventsOf(rows: readonly (readonly Conversation[])[]): EventTruth {
	const requests: Record<string, number> = { web: HELD.tcp.count, ngap: HELD.sctp.count };
	const errors: Record<string, number> = {};
	for (const [i, stream] of STREAMS.entries()) {
		const all = rows[i] ?? [];
		requests[stream.label] = (requests[stream.label] ?? 0) + all.length;
		const bad = stream.ending === "client-reset" ? all : all.filter(({ outcome }) => outcome !== "ok");
		if (bad.length > 0) errors[stream.label] = (errors[stream.label] ?? 0) + bad.length;
	}
	const udp = ["dns", "dns-v6", "closed"].reduce((sum, label) => sum + (requests[label] ?? 0), 0);
	return {
		requests,
		errors,
		active: { tcp: HELD.tcp.count, udp, sctp: HELD.sctp.count },
		drops: rows.at(-1)?.length ?? 0,
	};
}

function trafficOf(lab: Lab, flows: readonly ConntrackRow[]): Record<string, Traffic> {
	const sip = (flow: ConntrackRow) => flow.original.source;
	const dip = (flow: ConntrackRow) => flow.reply.source;
	const keys = [
		(flow: ConntrackRow) => serviceOf(lab, flow),
		(flow: ConntrackRow) => `${serviceOf(lab, flow)} ${dip(flow)}`,
		(flow: ConntrackRow) => `${serviceOf(lab, flow)} ${sip(flow)}`,
		(flow: ConntrackRow) => `${serviceOf(lab, flow)} ${sip(flow)} ${dip(flow)}`,
	];
	return Object.assign({}, ...keys.map((keyOf) => conntrackSums(flows, keyOf)));
}

export function total(counts: Counts): number {
	return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
