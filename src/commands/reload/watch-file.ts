/**
 * Notices that a file may be another: written, replaced, or behind a link that leads elsewhere now, as all files of a
 * Kubernetes ConfigMap are.
 */
import { type FSWatcher, statSync, watch } from "node:fs";
import { wayToFile } from "./way-to-file.ts";

/** Who writes a file does so in several steps: it is looked at when none has come for so long. */
const QUIET_MS = 500;

export interface FileWatch {
	close(): void;
}

interface WatchedDirectory {
	readonly names: ReadonlySet<string>;
	readonly watcher: FSWatcher;
}

/** `changed` is also called for changes that turn out to be none. `failed`: why some may not be noticed; undefined: all are. */
export function watchFile(
	file: string,
	changed: () => void,
	failed: (reason: string | undefined) => void,
): FileWatch {
	const watched = new Map<string, WatchedDirectory>();
	let timer: NodeJS.Timeout | undefined;

	const soon = () => {
		clearTimeout(timer);
		timer = setTimeout(() => {
			// Before the file is read: what changes from then on is noticed.
			follow();
			changed();
		}, QUIET_MS).unref();
	};

	function follow(): void {
		let failure: string | undefined;
		const before = new Map(watched);
		watched.clear();
		try {
			for (const [directory, names] of wayToFile(file)) {
				const key = identity(directory);
				if (key === undefined) break;
				const watcher = before.get(key)?.watcher;
				before.delete(key);
				watched.set(key, { names, watcher: watcher ?? begin(directory, key) });
			}
		} catch (error) {
			failure = (error as Error).message;
		}
		for (const { watcher } of before.values()) watcher.close();
		failed(failure);
	}

	function begin(directory: string, key: string): FSWatcher {
		const watcher = watch(directory, { persistent: false }, (_, name) => {
			if (name === null || watched.get(key)?.names.has(name)) soon();
		});
		return watcher.on("error", (error) => failed(error.message));
	}

	follow();
	return {
		close() {
			clearTimeout(timer);
			for (const { watcher } of watched.values()) watcher.close();
			watched.clear();
		},
	};
}

/** A directory that was made anew at the same path is another. */
function identity(directory: string): string | undefined {
	const found = statSync(directory, { throwIfNoEntry: false });
	return found && `${found.dev}:${found.ino}:${directory}`;
}
