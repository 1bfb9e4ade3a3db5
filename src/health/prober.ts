/** Probes endpoints by TCP connect, again and again, and keeps a verdict about each. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EndpointHealth } from "../model/health.ts";
import { eachInSlices } from "../model/in-slices.ts";
import { type Connect, ProbeImpossible, probe, tcpConnect } from "./connect.ts";
import { createLimit, type Limit } from "./limit.ts";
import type { Target } from "./targets.ts";
import { judge, NO_VERDICT, type Verdict, type VerdictRules } from "./verdict.ts";

export interface ProberOptions extends VerdictRules {
	readonly intervalMs: number;
	readonly timeoutMs: number;
	/** Probes at once; 32 unless told. */
	readonly concurrency?: number;
	readonly connect?: Connect;
	/** After each probe: why it could not be made, or undefined when those of all endpoints can, whatever they find. */
	readonly tried?: (failure: string | undefined) => void;
	/** 0..1: where in the first interval an endpoint's probes begin, so that they do not all come at once. */
	readonly random?: () => number;
}

/** To begin or end the probes of one takes some 20 µs. */
const TARGETS_PER_SLICE = 200;

interface Watched {
	target: Target;
	verdict: Verdict;
	readonly stop: AbortController;
	isProbed: boolean;
}

export class Prober {
	readonly #options: ProberOptions;
	readonly #limit: Limit;
	#watched = new Map<string, Watched>();
	/** Those whose last probe could not be made. */
	readonly #impossible = new Set<Watched>();
	#isStarted = false;

	constructor(options: ProberOptions) {
		this.#options = options;
		this.#limit = createLimit(options.concurrency ?? 32);
	}

	start(): void {
		if (this.#isStarted) return;
		this.#isStarted = true;
		void this.#probeAll();
	}

	/** For good: running probes are aborted, verdicts stay as they are. */
	stop(): void {
		this.#isStarted = false;
		for (const { stop } of this.#watched.values()) stop.abort();
	}

	/** Takes the full list, in slices; an endpoint that stays keeps its verdict. Never two at a time. */
	async update(targets: ReadonlyMap<string, Target>): Promise<void> {
		const before = this.#watched;
		const next = new Map<string, Watched>();
		await eachInSlices(targets, TARGETS_PER_SLICE, ([key, target]) => {
			const known = before.get(key);
			if (known) known.target = target;
			const stop = known?.stop ?? new AbortController();
			next.set(key, known ?? { target, verdict: NO_VERDICT, stop, isProbed: false });
			return 1;
		});
		this.#watched = next;
		if (this.#isStarted) void this.#probeAll();
		void eachInSlices(before, TARGETS_PER_SLICE, ([key, watched]) => {
			if (next.has(key)) return 0;
			watched.stop.abort();
			this.#impossible.delete(watched);
			return 1;
		});
	}

	verdicts(): EndpointHealth[] {
		return [...this.#watched.values()].map(({ target, verdict }) => ({
			...target,
			healthy: verdict.healthy,
		}));
	}

	#probeAll(): Promise<void> {
		return eachInSlices(this.#watched.values(), TARGETS_PER_SLICE, (watched) => {
			if (watched.isProbed) return 0;
			watched.isProbed = true;
			void this.#watch(watched);
			return 1;
		});
	}

	/** Ends when the endpoint's signal aborts, and never rejects. */
	async #watch(watched: Watched): Promise<void> {
		// A TCP connect to the port of a UDP or SCTP service says nothing true about it.
		if (watched.target.protocol !== "tcp") return;
		const { intervalMs, random = Math.random } = this.#options;
		const { signal } = watched.stop;
		const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
		await pause(random() * intervalMs);
		while (!signal.aborted) await Promise.all([this.#probe(watched), pause(intervalMs)]);
	}

	async #probe(watched: Watched): Promise<void> {
		const { connect = tcpConnect(), timeoutMs, tried } = this.#options;
		const { signal } = watched.stop;
		await this.#limit(async () => {
			if (signal.aborted) return;
			const result = await probe(connect, watched.target, timeoutMs, signal);
			if (signal.aborted) return;
			const isImpossible = result instanceof ProbeImpossible;
			if (isImpossible) this.#impossible.add(watched);
			else this.#impossible.delete(watched);
			if (isImpossible) tried?.(result.message);
			else if (this.#impossible.size === 0) tried?.(undefined);
			watched.verdict = isImpossible ? NO_VERDICT : judge(watched.verdict, result, this.#options);
		});
	}
}
