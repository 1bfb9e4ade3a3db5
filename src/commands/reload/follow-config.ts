/** What makes the exporter read its configuration again: a signal, a request, a change of the file. */
import type { Config } from "../../config/config.ts";
import { createTrouble } from "../../log.ts";
import type { Around } from "../around.ts";
import { createReloader, type Reloader } from "./reloader.ts";
import { type FileWatch, watchFile } from "./watch-file.ts";

/** Where the configuration comes from. */
export interface ConfigOrigin {
	/** Undefined: there is no file. */
	readonly file: string | undefined;
	/** What it said when it was read. */
	readonly text: string;
	/** What it says, together with the command line. @throws {ConfigError} */
	readonly parse: (text: string) => Config;
	/** Calls back at each SIGHUP. */
	readonly onHangup: (listener: () => void) => void;
}

export interface FollowedConfig {
	start(): void;
	/** By HTTP; undefined when that is not enabled. */
	post(): Promise<boolean> | undefined;
	stop(): Promise<void>;
}

/** `change`: see changeConfig(). */
export function followConfig(
	first: Config,
	origin: ConfigOrigin,
	change: (before: Config, next: Config) => Promise<readonly string[]>,
	{ self, log }: Pick<Around, "self" | "log">,
): FollowedConfig {
	let config = first;
	let watch: FileWatch | undefined;
	const reloader: Reloader = createReloader({
		...origin,
		metrics: self.config,
		log,
		async change(next) {
			const changed = await change(config, next);
			config = next;
			watchAsConfigured();
			return changed;
		},
	});
	const trouble = createTrouble(log, "changes of the configuration file may not be noticed");
	const failed = (reason: string | undefined) =>
		reason === undefined ? trouble.over() : trouble.because(reason);

	function watchAsConfigured(): void {
		const { file } = origin;
		if (!config.reload.watch) {
			watch?.close();
			watch = undefined;
		} else if (file !== undefined && !watch) {
			watch = watchFile(file, () => void reloader.lookAtFile(), failed);
			// It may have changed before.
			void reloader.lookAtFile();
		}
	}

	return {
		start() {
			origin.onHangup(() => void reloader.request("SIGHUP"));
			watchAsConfigured();
			reloader.start();
		},
		post: () => (config.reload.http ? reloader.request("POST") : undefined),
		async stop() {
			watch?.close();
			await reloader.stop();
		},
	};
}
