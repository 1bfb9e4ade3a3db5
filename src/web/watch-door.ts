/** Follows the files behind a door. What they hold is compared: times say little where links are swapped. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Door, type DoorFiles, readDoor } from "./door.ts";

export interface WatchedDoor {
	readonly first: Door;
	/** Without them there is nothing to watch. */
	readonly hasFiles: boolean;
	/** Looks at the files every second. */
	watch(told: Told): void;
	stop(): void;
}

export interface Told {
	/** When it throws, the change is one that cannot be taken. */
	changed(door: Door): void;
	/** Once for each change that cannot be taken. */
	failed(reason: string): void;
}

const LOOK_MS = 1_000;

/** @throws {DoorError} when the files cannot be read now. */
export function openDoor(files: DoorFiles): WatchedDoor {
	/** By path: the digest of what was read last, or why it could not be. */
	const seen = new Map<string, string>();
	const read = (path: string) => {
		const found = look(path);
		seen.set(path, found.digest);
		if (found.bytes === undefined) throw found.error;
		return found.bytes;
	};
	const hasChanged = () => [...seen].some(([path, digest]) => look(path).digest !== digest);
	let timer: NodeJS.Timeout | undefined;
	const first = readDoor(files, read);
	return {
		first,
		hasFiles: seen.size > 0,
		watch({ changed, failed }) {
			if (seen.size === 0) return;
			timer = setInterval(() => {
				if (!hasChanged()) return;
				try {
					changed(readDoor(files, read));
				} catch (error) {
					failed((error as Error).message);
				}
			}, LOOK_MS);
		},
		stop: () => clearInterval(timer),
	};
}

interface Look {
	readonly digest: string;
	readonly bytes?: Buffer;
	readonly error?: unknown;
}

function look(path: string): Look {
	try {
		const bytes = readFileSync(path);
		return { digest: createHash("sha256").update(bytes).digest("hex"), bytes };
	} catch (error) {
		return { digest: (error as NodeJS.ErrnoException).code ?? "", error };
	}
}
