/** A BPF object of which some maps outlive the process, in a directory of their own. */
import { existsSync } from "node:fs";
import { KernelError } from "./kernel-error.ts";
import { BpfObject } from "./object.ts";
import { openPinnedMaps, pinMaps } from "./pinned-maps.ts";
import { removePinDirectory } from "./pins.ts";

export interface PinnedObject {
	readonly object: BpfObject;
	/** Why what earlier runs have left there is lost, if it is. */
	readonly forgotten: string | undefined;
}

/** `directory`: of the pins, which need not be there yet; undefined: nothing is pinned. */
export function openPinnedObject(
	path: string,
	directory: string | undefined,
	lasting: readonly string[],
): PinnedObject {
	if (directory === undefined) return { object: new BpfObject(path), forgotten: undefined };
	const former = existsSync(directory) ? reuse(path, directory, lasting) : undefined;
	if (former && "object" in former) return { ...former, forgotten: undefined };
	// With whatever else is pinned there, as a link whose program counts into maps that are given up.
	removePinDirectory(directory);
	const object = new BpfObject(path);
	try {
		pinMaps(
			directory,
			lasting.map((name) => object.map(name)),
		);
		return { object, forgotten: former?.reason };
	} catch (error) {
		object.close();
		throw error;
	}
}

/** With all that was counted. A directory that is not there is removed already. */
export function removePinnedObject(directory: string): void {
	removePinDirectory(`${directory}_new`);
	removePinDirectory(directory);
}

function reuse(
	path: string,
	directory: string,
	lasting: readonly string[],
): { object: BpfObject } | { reason: string } {
	const { fds, close } = openPinnedMaps(directory, lasting);
	try {
		if (fds.size < lasting.length) return { reason: `Cannot find all maps in ${directory}` };
		return { object: new BpfObject(path, { reuse: fds }) };
	} catch (error) {
		// What the kernel refuses now it may allow later: only maps of another shape are of no use.
		if (error instanceof KernelError) throw error;
		return { reason: (error as Error).message };
	} finally {
		close();
	}
}
