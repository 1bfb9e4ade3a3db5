/** Probes endpoints, again and again, and sets the verdict about each. */
import { eachInSlices } from "../model/in-slices.ts";
import { Attempts, type Outcome } from "./attempts.ts";
import { type Changed, type EndpointState, setVerdict } from "./endpoint-state.ts";
import { createSchedule, type Schedule } from "./schedule.ts";
import { judge, NO_VERDICT, type VerdictRules } from "./verdict.ts";

export interface ProbeRules extends VerdictRules {
	readonly intervalMs: number;
	readonly timeoutMs: number;
	/** Probes at once. */
	readonly concurrency: number;
	/** File of the network namespace to probe from; undefined: the own one. */
	readonly netns: string | undefined;
}

export interface ProberParts {
	readonly changed: Changed;
	/** After each probe: why it could not be made, or undefined when those of all endpoints can, whatever they find. */
	readonly tried: (failure: string | undefined) => void;
	/** Probes that could not begin in their interval. */
	readonly missed: (probes: number) => void;
	/** 0 to below 1: where in the interval an endpoint has its turn. */
	readonly random?: () => number;
}

/** To begin one takes some 20 µs, and the event loop must not wait for long. */
const BEGUN_AT_ONCE = 100;
const STATES_PER_SLICE = 500;
/** After a probe began it is looked at after so long, then at twice the time, up to the second. */
const FIRST_CHECK_MS = 1;
const LAST_CHECK_MS = 16;

export class Prober {
	#rules: ProbeRules;
	readonly #parts: ProberParts;
	readonly #attempts: Attempts<EndpointState>;
	#schedule: Schedule<EndpointState>;
	#probed: ReadonlySet<EndpointState> = new Set();
	/** Whose turn has come, in that order. */
	readonly #waiting = new Set<EndpointState>();
	readonly #running = new Set<EndpointState>();
	/** Those whose last probe could not be made. */
	readonly #impossible = new Set<EndpointState>();
	#timer: NodeJS.Timeout | undefined;
	#isStarted = false;
	#nextCheckMs = FIRST_CHECK_MS;

	constructor(rules: ProbeRules, parts: ProberParts) {
		this.#rules = rules;
		this.#parts = parts;
		this.#attempts = new Attempts((state, outcome) => this.#ended(state, outcome));
		this.#schedule = createSchedule(rules.intervalMs, performance.now());
	}

	start(): void {
		if (this.#isStarted) return;
		this.#isStarted = true;
		// What came due before does not count as missed.
		this.#schedule.due(performance.now());
		this.#tick();
	}

	/** Running probes end without a verdict. */
	stop(): void {
		this.#isStarted = false;
		clearTimeout(this.#timer);
		this.#attempts.close();
		this.#running.clear();
		this.#waiting.clear();
	}

	/** The full list; in slices. Never two at a time. */
	async update(probed: ReadonlySet<EndpointState>): Promise<void> {
		const before = this.#probed;
		this.#probed = probed;
		const schedule = this.#schedule;
		await eachInSlices(probed, STATES_PER_SLICE, (state) => {
			if (!before.has(state)) schedule.add(state, this.#lot());
			return 1;
		});
		const gone = new Set<EndpointState>();
		await eachInSlices(before, STATES_PER_SLICE, (state) => {
			if (!probed.has(state)) gone.add(state);
			return 1;
		});
		for (const state of gone) this.#forget(state);
		this.#attempts.close((state) => gone.has(state));
		this.#wake();
	}

	#forget(state: EndpointState): void {
		this.#schedule.remove(state);
		this.#waiting.delete(state);
		this.#running.delete(state);
		this.#impossible.delete(state);
		state.durationMs = undefined;
		state.verdict = NO_VERDICT;
	}

	/** From the next probes on; in slices. Not while update() is at work. */
	async configure(rules: ProbeRules): Promise<void> {
		const { intervalMs } = this.#rules;
		this.#rules = rules;
		if (rules.intervalMs === intervalMs) return;
		const schedule = createSchedule<EndpointState>(rules.intervalMs, performance.now());
		await eachInSlices(this.#probed, STATES_PER_SLICE, (state) => {
			schedule.add(state, this.#lot());
			return 1;
		});
		this.#schedule = schedule;
		this.#wake();
	}

	#lot(): number {
		return (this.#parts.random ?? Math.random)();
	}

	#wake(): void {
		if (this.#isStarted) this.#tick();
	}

	#tick(): void {
		clearTimeout(this.#timer);
		this.#takeTurns();
		this.#begin();
		this.#attempts.check(performance.now());
		const waitMs = this.#waitMs();
		if (waitMs !== undefined) this.#timer = setTimeout(() => this.#tick(), waitMs);
	}

	#takeTurns(): void {
		const { items, lostRounds } = this.#schedule.due(performance.now());
		let missed = lostRounds * this.#probed.size;
		for (const state of items) {
			if (this.#waiting.has(state) || this.#running.has(state)) missed++;
			else this.#waiting.add(state);
		}
		if (missed > 0) this.#parts.missed(missed);
	}

	#begin(): void {
		const room = Math.min(this.#rules.concurrency - this.#attempts.size, BEGUN_AT_ONCE);
		const begun: EndpointState[] = [];
		for (const state of this.#waiting) {
			if (begun.length >= room) break;
			begun.push(state);
		}
		if (begun.length === 0) return;
		for (const state of begun) {
			this.#waiting.delete(state);
			this.#running.add(state);
		}
		this.#nextCheckMs = FIRST_CHECK_MS;
		this.#attempts.begin(begun, performance.now(), this.#rules);
	}

	/** Undefined: until something new comes. */
	#waitMs(): number | undefined {
		const now = performance.now();
		const nextAtMs = this.#schedule.nextAtMs();
		const turnMs = nextAtMs === undefined ? undefined : Math.max(1, nextAtMs - now);
		if (this.#attempts.size === 0) return this.#waiting.size > 0 ? FIRST_CHECK_MS : turnMs;
		const checkMs = this.#nextCheckMs;
		this.#nextCheckMs = Math.min(2 * checkMs, LAST_CHECK_MS);
		return Math.min(checkMs, turnMs ?? checkMs);
	}

	#ended(state: EndpointState, { result, reason, durationMs }: Outcome): void {
		this.#running.delete(state);
		if (result === "impossible") this.#impossible.add(state);
		else this.#impossible.delete(state);
		if (result === "impossible") this.#parts.tried(reason);
		else if (this.#impossible.size === 0) this.#parts.tried(undefined);
		state.durationMs = result === "impossible" ? undefined : durationMs;
		state.verdict =
			result === "impossible" ? NO_VERDICT : judge(state.verdict, result === "healthy", this.#rules);
		setVerdict(state, state.verdict.healthy, reason || "it answered as it should", this.#parts.changed);
	}
}
