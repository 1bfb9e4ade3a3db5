/** Packets per second of a replay, against the same calls from C. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexKey } from "../src/bpf/map.ts";
import type { BpfObject } from "../src/bpf/object.ts";
import { stayOnThisCpu } from "../src/bpf/one-cpu.ts";
import { defaultConfig } from "../src/config/schema.ts";
import { ByteWindow } from "../src/replay/byte-window.ts";
import { openCapture } from "../src/replay/capture.ts";
import { createPollTimes } from "../src/replay/poll-times.ts";
import { ReplayCounts } from "../src/replay/replay-counts.ts";
import { replayCapture } from "../src/replay/replayer.ts";
import { createServiceSet } from "../src/replay/service-set.ts";
import { openDataPath } from "../src/sources/open-data-path.ts";
import { pcap } from "../test/replay/write-capture.ts";
import { whilePinned } from "./bpffs.ts";
import type { Figure, Result } from "./figure.ts";
import { ACK, type Frame, tcpFrame } from "./frame.ts";
import { spreadOf } from "./median.ts";
import { startBuilt } from "./peer.ts";
import { inTurns, ratioOf } from "./rounds.ts";

const ROUNDS = 9;
const PACKETS = 200_000;
const CLIENTS = 200;
const VIP = "10.99.0.1";
const SERVICE = { label: "web", vip: VIP, port: 80, protocol: "tcp", endpoints: [] } as const;
const MS = 1e-3;

export const REPLAY: Figure = {
	name: "replay",
	async measure() {
		const directory = mkdtempSync(join(tmpdir(), "lbscope-bench-"));
		const object = openDataPath(
			{ ...defaultConfig, services: [SERVICE] },
			{ constants: { ".rodata.replay": indexKey(1) } },
		);
		const moveAgain = stayOnThisCpu();
		try {
			const file = join(directory, "capture.pcap");
			writeFileSync(file, pcap(packets()));
			return await whilePinned(object.program("ingress_ethernet"), (ingress) =>
				whilePinned(object.program("egress_ethernet"), (egress) => compare(object, file, ingress, egress)),
			);
		} finally {
			moveAgain();
			object.close();
			rmSync(directory, { recursive: true });
		}
	},
};

/** Of every five two requests, two answers, and one on its way to an endpoint; 600 bytes each. */
function packets() {
	return Array.from({ length: PACKETS }, (_, i) => {
		const client = `10.1.${Math.floor(i / 5) % CLIENTS}.7`;
		const request: Frame = { source: client, destination: VIP, sourcePort: 40_000, destinationPort: 80 };
		const reply: Frame = { source: VIP, destination: client, sourcePort: 80, destinationPort: 40_000 };
		const onward = { ...request, destination: "10.20.1.2", destinationPort: 8080 };
		const frame = [request, onward, reply, request, reply][i % 5] as Frame;
		return { at: 1_700_000_000 + i * MS, bytes: tcpFrame(frame, ACK, i, 546) };
	});
}

async function compare(object: BpfObject, file: string, ingress: string, egress: string): Promise<Result[]> {
	const peer = startBuilt("replay", ingress, egress, file, VIP);
	try {
		const rates = await inTurns(ROUNDS, {
			lbscope: () => rateOf(object, file),
			c: () => peer.once(),
		});
		return [
			{ title: "packets per second of a replay", unit: "", spread: spreadOf(rates.lbscope) },
			{ title: "the same calls from C", unit: "", spread: spreadOf(rates.c) },
			{ title: "lbscope / C", unit: "", spread: ratioOf(rates.lbscope, rates.c), goal: { atLeast: 0.8 } },
		];
	} finally {
		await peer.stop();
	}
}

async function rateOf(object: BpfObject, file: string): Promise<number> {
	const fd = openSync(file, "r");
	const counts = new ReplayCounts();
	const window = new ByteWindow(fd);
	const start = performance.now();
	await replayCapture({
		window,
		capture: openCapture(window),
		object,
		services: createServiceSet([SERVICE]),
		polls: createPollTimes(3_600_000, async () => true),
		counts,
		discover: undefined,
		progress() {},
	});
	const seconds = (performance.now() - start) / 1000;
	closeSync(fd);
	if (counts.packets !== PACKETS)
		throw new Error(`Cannot compare: ${counts.packets} packets, expected ${PACKETS}`);
	return PACKETS / seconds;
}
