/** A tcx link that an earlier run left on an interface by pinning it. */
import { closeSync } from "node:fs";
import { describeLink } from "./describe.ts";
import { wasInPlace } from "./handover.ts";
import { getLibbpf } from "./libbpf.ts";
import type { Program } from "./object.ts";
import { openPin, unpin } from "./pins.ts";
import type { Direction, Target } from "./target.ts";
import { readTcxPrograms } from "./tcx-programs.ts";

/**
 * Puts the program in the place of the one before in one step: each packet meets one of them. Gives the link, open;
 * undefined when there is none that would do, and then there is no pin either.
 */
export function adoptLink(
	path: string,
	target: Target,
	direction: Direction,
	program: Program,
): number | undefined {
	const fd = openAny(path);
	if (fd !== undefined) {
		const isOurs = wasInPlace(path) || isInPlace(fd, target, direction);
		if (isOurs && getLibbpf().bpf_link_update(fd, program.fd, null) === 0) return fd;
		closeSync(fd);
	}
	removePinnedLink(path);
	return undefined;
}

/** Takes off the link that is pinned there, and the pin with it. */
export function removePinnedLink(path: string): void {
	const fd = openAny(path);
	if (fd !== undefined) {
		detachLink(fd);
		closeSync(fd);
	}
	unpin(path);
}

/** At once: a pin that goes gives its link to the kernel to drop, which takes its time. */
export function detachLink(fd: number): void {
	// It fails on what is no link, and that has nothing to be taken off.
	getLibbpf().bpf_link_detach(fd);
}

/** Whatever cannot be opened as a pin is as good as none. */
function openAny(path: string): number | undefined {
	try {
		return openPin(path);
	} catch {
		return undefined;
	}
}

/**
 * Asked of the device, not of the link: that one's device may have gone to another namespace, where the same index means
 * another device. Nor would it do where another program came in front of it.
 */
export function isInPlace(fd: number, target: Target, direction: Direction): boolean {
	const programs = readTcxPrograms(target, direction);
	return programs.at(direction === "ingress" ? 0 : -1) === describeLink(fd).programId;
}
