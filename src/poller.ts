/** Reads, takes a snapshot, renders: once per interval, never two at once. */
import { CATALOGUE } from "./metrics/catalogue.ts";
import { render } from "./metrics/render.ts";
import type { EndpointHealth } from "./model/health.ts";
import type { Source } from "./model/reading.ts";
import type { Service } from "./model/service.ts";
import type { Build } from "./model/snapshot.ts";
import type { SystemUse } from "./model/system-use.ts";
import { NO_HISTORY, type Poll, takeSnapshot } from "./model/take-snapshot.ts";

/** So many polls in a row may fail before the data path leaves the page, for Prometheus to mark its series stale. */
const TOLERATED_FAILURES = 2;

export interface PollerParts {
	readonly source: Source;
	readonly services: readonly Service[];
	readonly health: () => readonly EndpointHealth[] | undefined;
	readonly system: () => Promise<SystemUse>;
	readonly build: Build;
	readonly intervalMs: number;
	/** Called with the families of each poll, also of a failed one: the page is remade then with what is still known. */
	readonly publish: (families: Buffer) => Promise<void>;
	readonly ended: (poll: { durationMs: number; failure: Error | undefined }) => void;
	/** Monotonic, milliseconds. */
	readonly now: () => number;
}

export class Poller {
	readonly #parts: PollerParts;
	#history = NO_HISTORY;
	#families: Buffer | undefined;
	#failures = 0;
	#timer: NodeJS.Timeout | undefined;
	#running: Promise<void> | undefined;
	#stopped = false;
	#lastSuccessMs: number | undefined;

	constructor(parts: PollerParts) {
		this.#parts = parts;
	}

	/** Resolves after the first poll, whether it succeeded or not. */
	async start(): Promise<void> {
		await this.#pollAndSchedule(this.#parts.now());
	}

	/** Waits for a poll under way. */
	async stop(): Promise<void> {
		this.#stopped = true;
		clearTimeout(this.#timer);
		await this.#running;
	}

	/** Why the page cannot be trusted; undefined when it can. */
	notReady(): string | undefined {
		if (this.#lastSuccessMs === undefined) return "The first poll has not succeeded yet.";
		if (this.#failures > TOLERATED_FAILURES) return `The last ${this.#failures} polls failed.`;
		const ageMs = this.#parts.now() - this.#lastSuccessMs;
		// A poll that hangs neither fails nor succeeds.
		if (ageMs > (TOLERATED_FAILURES + 2) * this.#parts.intervalMs) {
			return `The last poll was ${Math.round(ageMs / 1000)} s ago.`;
		}
		return undefined;
	}

	/** One poll; the next one is due a whole number of intervals after the first, a late one shifts none. */
	async #pollAndSchedule(firstMs: number): Promise<void> {
		this.#running = this.#poll();
		await this.#running;
		if (this.#stopped) return;
		const { intervalMs, now } = this.#parts;
		const sinceFirst = now() - firstMs;
		const untilNext = intervalMs - (sinceFirst % intervalMs);
		this.#timer = setTimeout(() => void this.#pollAndSchedule(firstMs), untilNext);
	}

	async #poll(): Promise<void> {
		const startMs = this.#parts.now();
		let failure: Error | undefined;
		try {
			await this.#readAndRender();
		} catch (error) {
			failure = error as Error;
		}
		this.#parts.ended({ durationMs: this.#parts.now() - startMs, failure });
		if (this.#families) await this.#parts.publish(this.#families);
	}

	async #readAndRender(): Promise<void> {
		const around = {
			services: this.#parts.services,
			health: this.#parts.health(),
			system: await this.#parts.system(),
			build: this.#parts.build,
		};
		try {
			this.#render({ ...around, reading: await this.#parts.source.read() });
			this.#failures = 0;
			this.#lastSuccessMs = this.#parts.now();
		} catch (error) {
			this.#failures++;
			const hasPage = this.#families !== undefined;
			if (!hasPage || this.#failures > TOLERATED_FAILURES) this.#render({ ...around, reading: undefined });
			throw error;
		}
	}

	#render(poll: Poll): void {
		const { snapshot, history } = takeSnapshot(this.#history, poll);
		this.#families = render(snapshot, CATALOGUE);
		this.#history = history;
	}
}
