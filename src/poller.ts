/** Reads, lets pairs go, takes a snapshot, renders: once per interval, never two at once. */
import { CATALOGUE } from "./metrics/catalogue.ts";
import type { ChosenNames } from "./metrics/names.ts";
import { createRenderer, type Renderer } from "./metrics/renderer.ts";
import type { Body } from "./model/body.ts";
import type { Governor } from "./model/governor.ts";
import type { EndpointHealth } from "./model/health.ts";
import type { PollStage } from "./model/poll-stages.ts";
import type { Reading, Source } from "./model/reading.ts";
import type { Service } from "./model/service.ts";
import type { Build } from "./model/snapshot.ts";
import type { SystemUse } from "./model/system-use.ts";
import { NO_HISTORY, takeSnapshot } from "./model/take-snapshot.ts";

/** So many polls in a row may fail before the data path leaves the page, for Prometheus to mark its series stale. */
const TOLERATED_FAILURES = 2;

/** Asked at each poll. */
export interface Services {
	/** Those that are counted. */
	readonly services: readonly Service[];
	/** How many more there are, for which there was no room. */
	readonly uncounted: number;
}

export interface PollerParts {
	readonly source: Source;
	readonly governor: Governor;
	readonly services: () => Services;
	readonly health: () => readonly EndpointHealth[] | undefined;
	readonly system: () => Promise<SystemUse>;
	readonly build: Build;
	/** Under which families stand on the page. */
	readonly names: ChosenNames;
	readonly intervalMs: number;
	/** Called at each poll, also at a failed one: the page is remade then with what is still known. */
	readonly publish: (making: Promise<Body>) => Promise<void>;
	/** Called before the page of the poll is there. */
	readonly ended: (poll: { durationMs: number; failure: Error | undefined }) => void;
	/** A page was left half made: later ones would be wrong. What is pinned lets another exporter go on. */
	readonly broken: (error: Error) => void;
	readonly stageEnded: (stage: PollStage, durationMs: number) => void;
	/** Monotonic, milliseconds. */
	readonly now: () => number;
}

export class Poller {
	#parts: PollerParts;
	#renderer: Renderer;
	#history = NO_HISTORY;
	#families: Body | undefined;
	/** Packets that had found no room in the kernel's pairs by the last poll; undefined before the first. */
	#crowdedOut: number | undefined;
	#failures = 0;
	/** Polls are due whole intervals after it. */
	#firstMs = 0;
	#lastStartMs = 0;
	/** Undefined while no poll is waited for. */
	#timer: NodeJS.Timeout | undefined;
	#running: Promise<unknown> = Promise.resolve();
	#stopped = false;
	#lastSuccessMs: number | undefined;

	constructor(parts: PollerParts) {
		this.#parts = parts;
		this.#renderer = createRenderer(CATALOGUE, parts.names);
	}

	/** Resolves after the first poll, whether it succeeded or not. */
	async start(): Promise<void> {
		this.#firstMs = this.#parts.now();
		await this.#pollAndSchedule();
	}

	/** No poll is under way while it runs. */
	between<T>(work: () => Promise<T>): Promise<T> {
		const result = this.#running.then(work);
		this.#running = result.catch(() => {});
		return result;
	}

	/** From the next poll on; what is remembered of those before stays. To be called in between(). */
	use(parts: Partial<Pick<PollerParts, "source" | "governor" | "intervalMs">>): void {
		const before = this.#parts;
		this.#parts = { ...before, ...parts };
		// Another source has another table.
		const { source, names } = this.#parts;
		if (source !== before.source) this.#renderer = createRenderer(CATALOGUE, names);
		if (this.#parts.intervalMs === before.intervalMs) return;
		this.#firstMs = this.#lastStartMs;
		if (this.#timer === undefined) return;
		clearTimeout(this.#timer);
		this.#schedule();
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
	async #pollAndSchedule(): Promise<void> {
		this.#timer = undefined;
		await this.between(async () => {
			if (!this.#stopped) await this.#poll();
		});
		if (!this.#stopped) this.#schedule();
	}

	#schedule(): void {
		const { intervalMs, now } = this.#parts;
		const sinceFirst = now() - this.#firstMs;
		const untilNext = intervalMs - (sinceFirst % intervalMs);
		this.#timer = setTimeout(() => void this.#pollAndSchedule(), untilNext);
	}

	/** Never rejects. */
	async #poll(): Promise<void> {
		const startMs = this.#parts.now();
		this.#lastStartMs = startMs;
		const ended = (failure?: Error) =>
			this.#parts.ended({ durationMs: this.#parts.now() - startMs, failure });
		try {
			const reading = await this.#timed("read", this.#parts.source.read());
			await this.#timed("govern", this.#letPairsGo(reading));
			// Of half a page nothing is served: the next one is due soon.
			await this.#parts.publish(this.#makePage(reading, () => ended()));
		} catch (error) {
			await this.#fail(error as Error, ended);
		}
	}

	async #makePage(reading: Reading, ended: () => void): Promise<Body> {
		await this.#render(reading);
		this.#failures = 0;
		this.#lastSuccessMs = this.#parts.now();
		ended();
		return this.#families as Body;
	}

	async #fail(error: Error, ended: (failure: Error) => void): Promise<void> {
		this.#failures++;
		ended(error);
		const isKept = this.#families !== undefined && this.#failures <= TOLERATED_FAILURES;
		try {
			if (!isKept) await this.#render(undefined);
			await this.#parts.publish(Promise.resolve(this.#families as Body));
		} catch (again) {
			ended(again as Error);
		}
	}

	async #render(reading: Reading | undefined): Promise<void> {
		const { build, source } = this.#parts;
		const system = await this.#parts.system();
		const { services, uncounted: uncountedServices } = this.#parts.services();
		const around = { services, uncountedServices, build, health: this.#parts.health(), system };
		const startMs = this.#parts.now();
		const { snapshot, history } = takeSnapshot(this.#history, { ...around, reading });
		this.#history = history;
		this.#parts.stageEnded("snapshot", this.#parts.now() - startMs);
		try {
			const rendering = this.#renderer.render(snapshot, reading && source.table);
			this.#families = await this.#timed("render", rendering);
		} catch (error) {
			this.#parts.broken(error as Error);
			throw error;
		}
	}

	async #letPairsGo({ overflowPackets, readAtMs }: Reading): Promise<void> {
		const { source, governor } = this.#parts;
		const crowdedOut = overflowPackets.find(({ name }) => name === "pairs")?.count ?? 0;
		const crowded = this.#crowdedOut !== undefined && crowdedOut > this.#crowdedOut;
		this.#crowdedOut = crowdedOut;
		const leaving = await governor.choose(source.table, { atMs: readAtMs, crowded });
		await source.release(leaving.idle, "idle");
		await source.release(leaving.crowded, "crowded");
		// The reason with which they were marked stays.
		await source.release(leaving.marked, "idle");
	}

	async #timed<T>(stage: PollStage, work: Promise<T>): Promise<T> {
		const startMs = this.#parts.now();
		const result = await work;
		this.#parts.stageEnded(stage, this.#parts.now() - startMs);
		return result;
	}
}
