/** Conversations of a client with a service of the lab; one row for each, as traffic/*.py print them. */
import type { Service } from "../../src/model/service.ts";
import type { Lab } from "./lab.ts";
import { patient } from "./patience.ts";
import type { LabProcess } from "./processes.ts";
import { program } from "./programs.ts";

export interface TrafficOptions {
	readonly service: Service;
	/** Number of the client, from 1. */
	readonly client?: 1 | 2;
	readonly count?: number;
	readonly concurrency?: number;
	/** Conversations started per second; without it as fast as concurrency allows. */
	readonly rate?: number;
	/** Source ports from here on, one for each conversation; without it the kernel chooses. */
	readonly firstPort?: number;
	readonly requestBytes?: number;
	readonly responseBytes?: number;
	/** Without progress, seconds. */
	readonly timeoutSeconds?: number;
	/** Between the response and the end, seconds. */
	readonly holdSeconds?: number;
	/** See traffic/message.py. */
	readonly ending?: "graceful" | "endpoint-first" | "half-close" | "client-reset" | "endpoint-reset";
	/** UDP only: requests of one conversation. */
	readonly datagrams?: number;
	/** Bound on the whole run. */
	readonly withinMs?: number;
}

export type Outcome = "ok" | "refused" | "reset" | "timeout" | "unreachable" | "closed" | "aborted";

export interface Conversation {
	readonly connection: number;
	/** Source port of the client. */
	readonly port: number;
	/** Address of the endpoint, by its own word; null when it said nothing. */
	readonly endpoint: string | null;
	/** Payload bytes. */
	readonly sent: number;
	readonly received: number;
	readonly outcome: Outcome;
	/** TCP only, from TCP_INFO: segments on the wire, a GSO packet being as many as it has. An own RST is not in it. */
	readonly segsOut?: number;
	readonly segsIn?: number;
	readonly retransmits?: number;
}

/** Runs the conversations to their end. */
export async function converse(lab: Lab, options: TrafficOptions): Promise<readonly Conversation[]> {
	const running = startTraffic(lab, options);
	const { code, signal, stdout, stderr } = await running.ended;
	if (code !== 0) throw new Error(`Cannot run the ${options.service.label} traffic: ${signal ?? stderr}`);
	return parseConversations(stdout);
}

/** Starts them and returns; `ended` has the rows as text, for parseConversations(). */
export function startTraffic(lab: Lab, options: TrafficOptions): LabProcess {
	const client = lab.clients[(options.client ?? 1) - 1];
	if (!client) throw new Error(`Cannot find client ${options.client}: the lab has ${lab.clients.length}`);
	const argv = program(`${options.service.protocol}_client.py`, flags(options));
	return lab.spawn(client.netns, argv, { timeoutMs: options.withinMs ?? patient(60_000) });
}

export function parseConversations(stdout: string): Conversation[] {
	const lines = stdout.split("\n").filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line) as Conversation);
}

function flags(options: TrafficOptions): string[] {
	const { service } = options;
	const values = {
		address: service.vip,
		port: service.port,
		count: options.count,
		concurrency: options.concurrency,
		rate: options.rate,
		"first-port": options.firstPort,
		"request-bytes": options.requestBytes,
		"response-bytes": options.responseBytes,
		timeout: options.timeoutSeconds ?? patient(3),
		hold: options.holdSeconds,
		ending: options.ending,
		datagrams: options.datagrams,
	};
	return Object.entries(values).flatMap(([name, value]) =>
		value === undefined ? [] : [`--${name}`, String(value)],
	);
}
