/** A set of maps that outlives the process, with packets as by programs that are attached. */
import { mkdirSync } from "node:fs";
import { runOnPacket } from "../../src/bpf/test-run.ts";
import type { Service } from "../../src/model/service.ts";
import { createDataPathSource } from "../../src/sources/data-path.ts";
import { type LastingDataPath, openLastingDataPath } from "../../src/sources/lasting-data-path.ts";
import type { DataPathOptions } from "../../src/sources/open-data-path.ts";
import { SERVICE_PORT, SERVICES, VIP } from "./cast.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, packet } from "./packets/packet.ts";
import { tcp } from "./packets/transport.ts";
import { followSeries } from "./seen.ts";

const HOUR_MS = 3_600_000;
export const LIMITS = { flows: 1024, pairs: 64, services: 16, clientPrefix: { ipv4: 32, ipv6: 128 } };
export type Limits = typeof LIMITS;

/** Nothing times out. */
export function patientOptions(limits: Partial<Limits> = {}, services = SERVICES): DataPathOptions {
	const timeouts = {
		tcpHandshakeMs: HOUR_MS,
		tcpEstablishedMs: HOUR_MS,
		tcpClosingMs: HOUR_MS,
		udpMs: HOUR_MS,
		sctpMs: HOUR_MS,
	};
	return { services, limits: { ...LIMITS, ...limits }, timeouts };
}

export function open(root: string, limits: Partial<Limits> = {}, services: readonly Service[] = SERVICES) {
	mkdirSync(root, { recursive: true, mode: 0o700 });
	return openLastingDataPath({ root, version: "0.0.0", ...patientOptions(limits, services) });
}

/** 100 bytes from the n-th client, as by programs that are attached. */
export function send({ object }: LastingDataPath, client: number, flags = "A"): void {
	const layers = [
		ip({ from: `10.1.${client >> 8}.${client & 255}`, to: VIP.IPv4 }),
		tcp({ from: 1000, to: SERVICE_PORT, flags }),
		bytes(60),
	];
	runOnPacket(object.program("ingress_ethernet"), packet(ethernet(), ...layers));
}

export async function pageOf(
	{ object }: Pick<LastingDataPath, "object">,
	services: readonly Service[] = SERVICES,
) {
	const source = createDataPathSource(object, services, {
		now: () => performance.now(),
		neighbours: () => [],
		firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
		interfaces: () => [],
	});
	const pairs = followSeries(source.table.pairs);
	const reading = await source.read();
	return { ...reading, pairs: pairs(), source, sums: source.table.sums() };
}

/** Books what waits in flows though their endpoint is not known: that takes a second and two walks. */
export async function bookedPage(path: LastingDataPath) {
	await pageOf(path);
	await new Promise((resolve) => setTimeout(resolve, 1200));
	return pageOf(path);
}
