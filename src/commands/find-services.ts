/** Follows the sources of services, and has what they say together applied. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Discovered, Discovery } from "../discovery/discovery.ts";
import { coalesce } from "../discovery/kubernetes/coalesce.ts";
import { mergeServices } from "../discovery/merge.ts";
import { runInSlices } from "../discovery/run-in-slices.ts";
import { createTrouble, type Log } from "../log.ts";
import type { SelfMetrics } from "../self-metrics.ts";
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
	/** Nothing is applied after it. */
	stop(): Promise<void>;
}

export interface FinderParts {
	/** In the order in which they are believed. */
	readonly sources: readonly Discovery[];
	readonly former: FormerServices;
	readonly apply: (services: readonly Discovered[]) => Promise<void>;
	readonly metrics: Pick<SelfMetrics, "discovery">;
	readonly log: Log;
}

export function createServiceFinder({ sources, former, apply, metrics, log }: FinderParts): ServiceFinder {
	const ended = new AbortController();
	const { signal } = ended;
	const lists = new Map<string, readonly Discovered[]>();
	/** Of sources that have said nothing yet. */
	const kept = new Map<string, readonly Discovered[]>();
	const listOf = (name: string) => lists.get(name) ?? kept.get(name);
	const trouble = createTrouble(log, "cannot apply services");
	let applying = Promise.resolve();
	let isStarted = false;

	/** One after the other, each with the lists of its moment. */
	function applyAll(): Promise<void> {
		applying = applying
			.then(() => runInSlices(mergeServices(sources.map(({ name }) => listOf(name) ?? []))))
			.then(apply)
			.then(trouble.over, (error: Error) => trouble.because(error.message));
		return applying;
	}

	const unkept = createTrouble(log, "cannot keep the services for the next run");
	let saving = Promise.resolve();
	let isSaved = true;
	/** What sources say now, for a run that finds them out of reach. */
	function save(): Promise<void> {
		saving = saving.then(async () => {
			if (isSaved) return;
			isSaved = true;
			const known = sources.flatMap(({ name }) => {
				const list = listOf(name);
				return list ? [[name, list] as const] : [];
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

	function reportKept(source: string): void {
		const services = kept.get(source)?.length;
		if (services === undefined) return;
		metrics.discovery(source).kept(services);
		log.warn("services of the run before are kept", { source, services });
	}

	return {
		async start(stop) {
			for (const [name, list] of await former.load()) kept.set(name, list);
			const first = Promise.all(sources.map(follow));
			const patience = { signal: AbortSignal.any([signal, stop]) };
			await Promise.race([first, sleep(FIRST_LISTS_MS, undefined, patience).catch(() => {})]);
			isStarted = true;
			for (const { name } of sources) reportKept(name);
			await applyAll();
			saveSoon();
		},
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
