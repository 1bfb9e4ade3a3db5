/** Follows the sources of services, and has what they say together applied. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Discovered, Discovery } from "../discovery/discovery.ts";
import { coalesce } from "../discovery/kubernetes/coalesce.ts";
import { mergeServices } from "../discovery/merge.ts";
import { runInSlices } from "../discovery/run-in-slices.ts";
import { createTrouble, type Log } from "../log.ts";
import type { SelfMetrics } from "../self-metrics.ts";

/** What has said nothing by then is counted when it does. */
const FIRST_LISTS_MS = 5_000;
/** Between two changes: a roll-out is many of them. */
const PAUSE_MS = 200;

export interface ServiceFinder {
	/** Resolves when every source has said what there is, or why it cannot, within bounds, and that is applied. */
	start(stop: AbortSignal): Promise<void>;
	/**
	 * Other sources; one that stays is the same object. What a source has said stays valid until the one that comes in its
	 * place, by name, has spoken. Resolves as start() does.
	 */
	use(sources: readonly Discovery[], stop: AbortSignal): Promise<void>;
	/** Those of now. */
	sources(): readonly Discovery[];
	/** Nothing is applied while it runs. */
	between<T>(work: () => Promise<T>): Promise<T>;
	/** Nothing is applied after it. */
	stop(): Promise<void>;
}

export interface FinderParts {
	/** In the order in which they are believed. */
	readonly sources: readonly Discovery[];
	readonly apply: (services: readonly Discovered[]) => Promise<void>;
	readonly metrics: Pick<SelfMetrics, "discovery">;
	readonly log: Log;
}

export function createServiceFinder({ sources: first, apply, metrics, log }: FinderParts): ServiceFinder {
	const ended = new AbortController();
	const { signal } = ended;
	const lists = new Map<string, readonly Discovered[]>();
	let sources = first;
	const trouble = createTrouble(log, "cannot apply services");
	let applying: Promise<unknown> = Promise.resolve();
	let isStarted = false;

	/** One after the other, each with the lists of its moment. */
	function applyAll(): Promise<void> {
		const mergeAll = () => runInSlices(mergeServices(sources.map(({ name }) => lists.get(name) ?? [])));
		return between(() => mergeAll().then(apply)).then(trouble.over, (error: Error) =>
			trouble.because(error.message),
		);
	}

	function between<T>(work: () => Promise<T>): Promise<T> {
		const result = applying.then(work);
		applying = result.catch(() => {});
		return result;
	}

	const soon = coalesce(applyAll, PAUSE_MS, signal);

	/** Resolves when the source has spoken. */
	function follow(source: Discovery): Promise<void> {
		const { name } = source;
		const counts = metrics.discovery(name);
		const out = createTrouble(log, `services of ${name} may be out of date`);
		return new Promise((resolve) => {
			source.start(
				(services) => {
					reportFound(log, name, services.length, lists.get(name)?.length);
					lists.set(name, services);
					counts.delivered(services.length);
					out.over();
					resolve();
					if (isStarted) soon();
				},
				(reason) => {
					counts.failed();
					out.because(reason);
					resolve();
				},
			);
		});
	}

	/** Begins with these, and waits for what they say, within bounds. */
	async function begin(fresh: readonly Discovery[], stop: AbortSignal): Promise<void> {
		const spoken = Promise.all(fresh.map(follow));
		const patience = { signal: AbortSignal.any([signal, stop]) };
		await Promise.race([spoken, sleep(FIRST_LISTS_MS, undefined, patience).catch(() => {})]);
		isStarted = true;
		await applyAll();
	}

	async function leave(source: Discovery): Promise<void> {
		await source.stop();
		if (sources.some(({ name }) => name === source.name)) return;
		lists.delete(source.name);
		metrics.discovery(source.name).left();
	}

	return {
		start: (stop) => begin(sources, stop),
		async use(next, stop) {
			const gone = sources.filter((source) => !next.includes(source));
			const fresh = next.filter((source) => !sources.includes(source));
			sources = next;
			await Promise.all(gone.map(leave));
			await begin(fresh, stop);
		},
		sources: () => sources,
		between,
		async stop() {
			ended.abort();
			await Promise.all(sources.map((source) => source.stop()));
			await applying;
		},
	};
}

/** The first list of a source is news in any case. */
function reportFound(log: Log, source: string, services: number, before: number | undefined): void {
	if (before === undefined) log.info("services found", { source, services });
	else log.debug("services changed", { source, services, before });
}
