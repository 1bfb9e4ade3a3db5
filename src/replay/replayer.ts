/** A capture through the programs, packet after packet, with polls when the capture's time comes to them. */

import type { BpfObject, Program } from "../bpf/object.ts";
import { PacketRuns, type ReplayedPacket } from "../bpf/packet-runs.ts";
import type { ByteWindow } from "./byte-window.ts";
import { createCaptureClock } from "./capture-clock.ts";
import type { Capture } from "./captured-packet.ts";
import { createHookChooser, EGRESS, type HookChooser, INGRESS, SKIP } from "./choose-hook.ts";
import { createCopies } from "./copies.ts";
import { emptyHeaders, takeHeaders } from "./headers.ts";
import { emptyFrame, takeFrame } from "./link-layers.ts";
import { payloadHash } from "./payload-hash.ts";
import type { PollTimes } from "./poll-times.ts";
import type { ReplayCounts } from "./replay-counts.ts";
import type { ServiceSet } from "./service-set.ts";

export interface ReplayParts {
	readonly window: ByteWindow;
	readonly capture: Capture;
	readonly object: BpfObject;
	readonly services: ServiceSet;
	readonly polls: PollTimes;
	readonly counts: ReplayCounts;
	/** The service that a packet begins or answers a connection with, if it is a new one; counted from this packet on. */
	readonly discover: ((seen: Seen) => Promise<void> | undefined) | undefined;
	/** Called every now and then, with the bytes of the file that have been read. */
	readonly progress: (offset: number) => void;
}

export type Seen = Parameters<HookChooser["choose"]>[0];

/** Packets between two looks at the clock of the wall. */
const PROGRESS_PACKETS = 8192;
/** Any device; 0 would be this machine itself. */
const CAME_IN_BY = 1;

/** To the end of the capture. @throws {CaptureError} after all that comes before what is wrong has been counted */
export async function replayCapture(parts: ReplayParts): Promise<void> {
	const { window, capture, polls, counts, discover, progress } = parts;
	const step = createStep(parts);
	while (capture.next()) {
		const seen = step.take();
		if (polls.isDue(seen.timeNs)) await polls.upTo(seen.timeNs);
		if (step.isIp) {
			const found = discover?.(seen);
			if (found) await found;
			step.run();
		}
		if (counts.packets % PROGRESS_PACKETS === 0) progress(window.offset);
	}
}

/** What is done with each packet; its objects are made once. */
function createStep({ window, capture, object, services, counts }: ReplayParts) {
	const clock = createCaptureClock();
	const runs = new PacketRuns(object.structs);
	const programs: Readonly<Record<typeof INGRESS | typeof EGRESS, Program>> = {
		[INGRESS]: object.program("ingress_ethernet"),
		[EGRESS]: object.program("egress_ethernet"),
	};
	const hooks = createHookChooser(services, createCopies());
	const [frame, headers] = [emptyFrame(), emptyHeaders()];
	const seen = { bytes: window.bytes, view: window.view, frame, headers, timeNs: 0 };
	const run: ReplayedPacket = {
		at: 0,
		length: 0,
		wireLength: 0,
		timeNs: 0,
		hash: 0,
		cameInBy: 0,
		withoutLength: false,
	};
	return {
		isIp: false,
		take(): Seen {
			const { packet } = capture;
			seen.bytes = window.bytes;
			seen.view = window.view;
			seen.timeNs = clock.timeOf(packet);
			takeFrame(seen.bytes, packet, frame);
			counts.add(packet, seen.timeNs);
			this.isIp = takeHeaders(seen.view, frame.at, frame.length, headers);
			if (!this.isIp) counts.notIp++;
			return seen;
		},
		run(): void {
			const hook = hooks.choose(seen);
			counts.copies = hooks.copies;
			if (hook === SKIP) return;
			run.at = frame.at;
			run.length = frame.length;
			run.wireLength = frame.wireLength;
			run.timeNs = seen.timeNs;
			run.hash = payloadHash(seen.view, headers);
			run.cameInBy = hook === EGRESS ? CAME_IN_BY : 0;
			run.withoutLength = headers.isIPv4 && seen.view.getUint16(headers.network + 2) === 0;
			if (!runs.run(programs[hook], seen.bytes, run)) counts.refused++;
		},
	};
}
