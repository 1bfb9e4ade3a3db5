/** Probes endpoints by TCP connect, again and again, and keeps a verdict about each. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EndpointHealth } from "../model/health.ts";
import type { Service } from "../model/service.ts";
import { type Connect, ProbeImpossible, probe, tcpConnect } from "./connect.ts";
import { createLimit, type Limit } from "./limit.ts";
import { type Target, targetsOf } from "./targets.ts";
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

interface Watched {
	target: Target;
	verdict: Verdict;
	readonly stop: AbortController;
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
		for (const watched of this.#watched.values()) void this.#watch(watched);
	}

	/** For good: running probes are aborted, verdicts stay as they are. */
	stop(): void {
		this.#isStarted = false;
		for (const { stop } of this.#watched.values()) stop.abort();
	}

	/** Takes the full list; an endpoint that stays keeps its verdict. */
	update(services: readonly Service[]): void {
		const before = this.#watched;
		this.#watched = new Map();
		for (const [key, target] of targetsOf(services)) {
			const known = before.get(key);
			before.delete(key);
			this.#watched.set(key, known ?? this.#begin(target));
			if (known) known.target = target;
		}
		for (const watched of before.values()) {
			watched.stop.abort();
			this.#impossible.delete(watched);
		}
	}

	verdicts(): EndpointHealth[] {
		return [...this.#watched.values()].map(({ target, verdict }) => ({
			...target,
			healthy: verdict.healthy,
		}));
	}

	#begin(target: Target): Watched {
		const watched: Watched = { target, verdict: NO_VERDICT, stop: new AbortController() };
		if (this.#isStarted) void this.#watch(watched);
		return watched;
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
