/** Follows the sources of services, and has what they say together applied. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Discovered, Discovery } from "../discovery/discovery.ts";
import type { Lists } from "../discovery/kept-lists.ts";
import { coalesce } from "../discovery/kubernetes/coalesce.ts";
import { mergeServices } from "../discovery/merge.ts";
import { runInSlices } from "../discovery/run-in-slices.ts";
import { createTrouble, type Log } from "../log.ts";
import type { SelfMetrics } from "../self/self-metrics.ts";
import type { FormerServices } from "./former-services.ts";

/** What has said nothing by then is counted when it does. */
const FIRST_LISTS_MS = 5_000;
/** To keep 5,000 services takes as much work as to apply them. */
const SAVE_PAUSE_MS = 10_000;
/** Between two changes: a roll-out is many of them. */
const PAUSE_MS = 200;

export interface ServiceFinder {
	/** Resolves when every source has said what there is, or why it cannot, within bounds, and that is applied. */
	start(stop: AbortSignal): Promise<void>;
	/**
	 * Other sources; one that stays is the same object. What a source has said stays valid until the one that comes in its
	 * place, by name, has spoken. Resolves as start() does.
	 */
	use(sources: readonly Discovery[], former: FormerServices, stop: AbortSignal): Promise<void>;
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
	/** Of these sources, as they are configured. */
	readonly former: FormerServices;
	readonly apply: (services: readonly Discovered[]) => Promise<void>;
	readonly metrics: Pick<SelfMetrics, "discovery">;
	readonly log: Log;
}

export function createServiceFinder(parts: FinderParts): ServiceFinder {
	const { apply, metrics, log } = parts;
	let { sources, former } = parts;
	const ended = new AbortController();
	const { signal } = ended;
	const lists = new Map<string, readonly Discovered[]>();
	/** Of sources that have said nothing yet. */
	const kept = new Map<string, readonly Discovered[]>();
	const listOf = (name: string) => lists.get(name) ?? kept.get(name);
	/** Sources that have said nothing yet, and whose list is that of another one, in whose place they came. */
	const successors = new Set<Discovery>();
	const trouble = createTrouble(log, "cannot apply services");
	let applying: Promise<unknown> = Promise.resolve();
	let isStarted = false;

	/** One after the other, each with the lists of its moment. */
	function applyAll(): Promise<void> {
		const mergeAll = () => runInSlices(mergeServices(sources.map(({ name }) => listOf(name) ?? [])));
		return between(() => mergeAll().then(apply)).then(trouble.over, (error: Error) =>
			trouble.because(error.message),
		);
	}

	function between<T>(work: () => Promise<T>): Promise<T> {
		const result = applying.then(work);
		applying = result.catch(() => {});
		return result;
	}

	const unknown = ({ message: reason }: Error): Lists => {
		log.warn("cannot read the services of the run before", { reason });
		return new Map();
	};
	const unkept = createTrouble(log, "cannot keep the services for the next run");
	let saving = Promise.resolve();
	let isSaved = true;
	/** What sources say now, for a run that finds them out of reach. */
	function save(): Promise<void> {
		saving = saving.then(async () => {
			if (isSaved) return;
			isSaved = true;
			const known = sources.flatMap((source) => {
				// It was asked with another configuration: for the one of now it is no answer.
				const list = successors.has(source) ? undefined : listOf(source.name);
				return list ? [[source.name, list] as const] : [];
			});
			await former.save(new Map(known)).then(unkept.over, (error: Error) => unkept.because(error.message));
		});
		return saving;
	}

	const saveSoon = coalesce(save, SAVE_PAUSE_MS, signal);
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
					kept.delete(name);
					successors.delete(source);
					isSaved = false;
					if (isStarted) saveSoon();
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
		await recall(fresh);
		const spoken = Promise.all(fresh.map(follow));
		const patience = { signal: AbortSignal.any([signal, stop]) };
		await Promise.race([spoken, sleep(FIRST_LISTS_MS, undefined, patience).catch(() => {})]);
		isStarted = true;
		for (const source of fresh) reportKept(source);
		await applyAll();
		saveSoon();
	}

	/** What the run before knew of those of which nothing is known. */
	async function recall(fresh: readonly Discovery[]): Promise<void> {
		// Never while it is written.
		const loaded = saving.then(() => former.load()).catch(unknown);
		saving = loaded.then(() => {});
		const known = await loaded;
		for (const { name } of fresh) {
			const list = known.get(name);
			if (list && !listOf(name)) kept.set(name, list);
		}
	}

	async function leave(source: Discovery): Promise<void> {
		await source.stop();
		successors.delete(source);
		if (sources.some(({ name }) => name === source.name)) return;
		lists.delete(source.name);
		kept.delete(source.name);
		metrics.discovery(source.name).left();
	}

	function reportKept(source: Discovery): void {
		const services = kept.get(source.name)?.length;
		if (services === undefined || successors.has(source)) return;
		metrics.discovery(source.name).kept(services);
		log.warn("services of the run before are kept", { source: source.name, services });
	}

	return {
		start: (stop) => begin(sources, stop),
		async use(next, nextFormer, stop) {
			const gone = sources.filter((source) => !next.includes(source));
			const fresh = next.filter((source) => !sources.includes(source));
			for (const source of fresh) if (listOf(source.name)) successors.add(source);
			[sources, former] = [next, nextFormer];
			await Promise.all(gone.map(leave));
			await begin(fresh, stop);
		},
		sources: () => sources,
		between,
		async stop() {
			ended.abort();
			await Promise.all(sources.map((source) => source.stop()));
			await applying;
			await save();
		},
	};
}

/** The first list of a source is news in any case. */
function reportFound(log: Log, source: string, services: number, before: number | undefined): void {
	if (before === undefined) log.info("services found", { source, services });
	else log.debug("services changed", { source, services, before });
}
