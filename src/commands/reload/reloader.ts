/** Reads the configuration again, one time after the other, and says what came of it. */
import type { Config } from "../../config/config.ts";
import type { Log } from "../../log.ts";
import type { ConfigMetrics } from "../../self/config-metrics.ts";
import { readConfigText } from "../read-config.ts";

/** For the log. */
export type Cause = "SIGHUP" | "POST" | "change of the file";

export interface ReloaderParts {
	/** Undefined: there is none to read again. */
	readonly file: string | undefined;
	/** What it said at the start. */
	readonly text: string;
	/** @throws {ConfigError} */
	readonly parse: (text: string) => Config;
	/** Resolves with the sections that differ. @throws when the configuration before runs on */
	readonly change: (next: Config) => Promise<readonly string[]>;
	readonly metrics: ConfigMetrics;
	readonly log: Log;
}

export interface Reloader {
	/** Until then whatever is requested waits. */
	start(): void;
	/** Resolves with whether it was applied. */
	request(cause: Cause): Promise<boolean>;
	/** The file may have changed: requests a reload, unless it says what it said when it was last read. */
	lookAtFile(): Promise<void>;
	/** Waits for one that is under way; none begins after it. */
	stop(): Promise<void>;
}

export function createReloader({ file, text, parse, change, metrics, log }: ReloaderParts): Reloader {
	/** What was last read, or why it could not be. */
	let known = text;
	let isOver = false;
	let isStarted = false;
	let begin = () => {};
	let turn: Promise<unknown> = new Promise<void>((resolve) => {
		begin = resolve;
	});
	/** Asked for but not begun: it will see what others have written meanwhile. */
	let next: Promise<boolean> | undefined;

	async function reload(by: Cause): Promise<boolean> {
		if (isOver) return false;
		try {
			const changed = await change(parse(readAndKnow()));
			metrics.applied(Date.now());
			log.info("configuration reloaded", { by, changed: changed.join(",") || "nothing" });
			return true;
		} catch (error) {
			metrics.refused();
			log.error("configuration not reloaded: the one before runs on", {
				by,
				reason: (error as Error).message,
			});
			return false;
		}
	}

	/** @throws {ConfigError} */
	function readAndKnow(): string {
		try {
			known = readConfigText(file);
			return known;
		} catch (error) {
			known = (error as Error).message;
			throw error;
		}
	}

	function inTurn<T>(work: () => Promise<T>): Promise<T> {
		const result = turn.then(work);
		turn = result.catch(() => {});
		return result;
	}

	return {
		start() {
			isStarted = true;
			begin();
		},
		request(cause) {
			if (file === undefined) {
				log.warn("nothing to reload: lbscope was started without --config");
				return Promise.resolve(false);
			}
			next ??= inTurn(() => {
				next = undefined;
				return reload(cause);
			});
			return next;
		},
		lookAtFile: () =>
			inTurn(async () => {
				const now = readOrReason(file);
				// Somebody has emptied it, and is about to write it.
				if (now.trim() !== "" && now !== known) await reload("change of the file");
			}),
		async stop() {
			isOver = true;
			if (isStarted) await turn;
		},
	};
}

function readOrReason(file: string | undefined): string {
	try {
		return readConfigText(file);
	} catch (error) {
		return (error as Error).message;
	}
}
