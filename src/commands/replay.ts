/** lbscope replay: a capture through the programs, and the page that they make of it. */
import { closeSync, openSync } from "node:fs";
import { indexKey, update } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { stayOnThisCpu } from "../bpf/one-cpu.ts";
import { writeU64 } from "../bpf/struct.ts";
import { type Command, UsageError } from "../cli.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { Service } from "../model/service.ts";
import { ByteWindow } from "../replay/byte-window.ts";
import { openCapture } from "../replay/capture.ts";
import { CaptureError } from "../replay/capture-error.ts";
import { createHandshakes } from "../replay/handshakes.ts";
import { createPollTimes } from "../replay/poll-times.ts";
import { createProgress, type Progress } from "../replay/progress.ts";
import { ReplayCounts } from "../replay/replay-counts.ts";
import { replayCapture, type Seen } from "../replay/replayer.ts";
import { createServiceSet } from "../replay/service-set.ts";
import { createDataPathSource, type DataPath } from "../sources/data-path.ts";
import { openDataPath } from "../sources/open-data-path.ts";
import { readBuild } from "./build.ts";
import { parseService } from "./parse-service.ts";
import { createReplayPage, type ReplayPage } from "./replay-page.ts";

export type ReplayCommand = Extract<Command, { readonly name: "replay" }>;

/** `replaying` of bpf/replay.h. */
const REPLAYING = { ".rodata.replay": indexKey(1) };
const STDIN = 0;
const NS_PER_MS = 1e6;

/** @throws {CaptureError} for a damaged file, after the page of what comes before the damage has been printed */
export async function replay(
	command: ReplayCommand,
	config: Config,
	print: (text: string) => void,
	log: Log,
): Promise<void> {
	const services = servicesOf(command, config);
	const fd = command.file === "-" ? STDIN : openFile(command.file);
	const object = openDataPath({ ...config, services }, { constants: REPLAYING });
	const moveAgain = stayOnThisCpu();
	const progress = createProgress(fd, process.stderr);
	try {
		await replayInto({ command, config, services, fd, object, print, log, progress });
	} finally {
		progress.end();
		moveAgain();
		object.close();
		if (fd !== STDIN) closeSync(fd);
	}
}

function servicesOf({ services, auto }: ReplayCommand, config: Config): Service[] {
	const known = [...config.services, ...services.map(parseService)];
	if (known.length === 0 && !auto)
		throw new UsageError("no services, expected some in --config, --service VIP:port/protocol, or --auto");
	return known;
}

function openFile(file: string): number {
	try {
		return openSync(file, "r");
	} catch (error) {
		throw new Error(`Cannot open the capture: ${(error as Error).message}`);
	}
}

interface Around {
	readonly command: ReplayCommand;
	readonly config: Config;
	readonly services: readonly Service[];
	readonly fd: number;
	readonly object: BpfObject;
	readonly print: (text: string) => void;
	readonly log: Log;
	readonly progress: Progress;
}

async function replayInto({ command, config, object, log, progress, ...around }: Around): Promise<void> {
	let nowNs = 0;
	const source = createDataPathSource(object, around.services, {
		now: () => nowNs / NS_PER_MS,
		neighbours: () => [],
		firewall: async () => ({ firewall: undefined, firewallRules: undefined, netfilter: undefined }),
		interfaces: () => [],
	});
	const page = createReplayPage(source, config, readBuild(), around.services);
	const polls = createPollTimes(config.poll.intervalMs, (timeNs) => {
		nowNs = timeNs;
		writeClock(object, timeNs);
		return page.poll();
	});
	const counts = new ReplayCounts();
	const window = new ByteWindow(around.fd);
	const services = createServiceSet(around.services);
	const discover = command.auto ? createDiscovery(services, source, page) : undefined;
	let broken: CaptureError | undefined;
	try {
		const capture = openCapture(window);
		await replayCapture({
			window,
			capture,
			object,
			services,
			polls,
			counts,
			discover,
			progress: progress.at,
		});
	} catch (error) {
		if (!(error instanceof CaptureError)) throw error;
		broken = error;
	}
	await polls.last(counts.lastNs);
	progress.end();
	around.print(await page.text(command.format, counts));
	report(counts, page, log);
	if (broken) throw broken;
}

/** The clock of the walk, see bpf/replay.h. */
function writeClock(object: BpfObject, timeNs: number): void {
	const clock = Buffer.alloc(8);
	writeU64(clock, timeNs, 0);
	update(object.map(".data.replay"), indexKey(0), clock);
}

function createDiscovery(services: ReturnType<typeof createServiceSet>, source: DataPath, page: ReplayPage) {
	const handshakes = createHandshakes();
	const known = new Set(page.services.map(({ label }) => label));
	return ({ bytes, frame, headers }: Seen): Promise<void> | undefined => {
		const service = handshakes.serviceOf(bytes, frame, headers);
		if (service === undefined || known.has(service.label)) return undefined;
		known.add(service.label);
		services.add(service);
		return page.serve(source, service);
	};
}

function report(counts: ReplayCounts, page: ReplayPage, log: Log): void {
	const { packets, bytes, seconds, snapped, superPackets, notIp, copies, refused } = counts;
	log.info("replayed", {
		packets,
		bytes,
		seconds,
		services: page.services.length,
		snapped,
		copies,
		not_ip: notIp,
	});
	if (refused > 0) log.warn("packets that the kernel took for none", { packets: refused });
	if (page.uncounted > 0) {
		const reason = "limits.services has room for no more";
		log.warn("services are not counted", { services: page.uncounted, reason });
	}
	if (superPackets > 0) {
		const reason = "the capture was taken where offloading is on; each is counted as one packet";
		log.warn("packets longer than any on the wire", { packets: superPackets, reason });
	}
}
