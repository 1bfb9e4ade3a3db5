/** A SYN flood from invented addresses. */
import type { Service } from "../../src/model/service.ts";
import type { Lab } from "./lab.ts";
import { program } from "./programs.ts";
import { inNetns, run } from "./run.ts";

/** RFC 6598: nobody in a lab has an address of it. Room for four million. */
const SOURCES = "100.64.0.0";
const SOURCE_BITS = 10;

export interface FloodOptions {
	readonly service: Service;
	readonly count: number;
	/** How many of the sources have been used before: the same SYN again is a retransmission. None unless told. */
	readonly used?: number;
	readonly withinMs: number;
}

/** Sends from the first client, to which also the answers go, that nobody takes. */
export async function flood(lab: Lab, { service, count, used = 0, withinMs }: FloodOptions): Promise<void> {
	const client = lab.clients[0];
	if (!client) throw new Error("Cannot flood: the lab has no client");
	const route = ["ip", "route", "replace", `${SOURCES}/${SOURCE_BITS}`, "via", client.address[4]];
	await run(inNetns(lab.balancer.netns, route));
	const target = ["--address", service.vip, "--port", String(service.port)];
	const sources = ["--first-source", addressAfter(SOURCES, used), "--count", String(count)];
	const argv = program("syn_flood.py", [...target, ...sources]);
	const { code, signal, stderr } = await lab.spawn(client.netns, argv, { timeoutMs: withinMs }).ended;
	if (code !== 0) throw new Error(`Cannot flood: ${signal ?? stderr}`);
}

function addressAfter(first: string, count: number): string {
	const number = first.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0) + count;
	return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}
