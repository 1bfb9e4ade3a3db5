/** The clock of the node: the page's times are set beside those of other machines. */
import { isClockSynchronised } from "../bpf/clock-state.ts";
import { type Fact, fail, ok, warn } from "./fact.ts";

/** Before the first line of lbscope was written. */
const EARLIEST = Date.UTC(2025, 0, 1);

export function checkClock(): Fact[] {
	return [timeFact(Date.now()), synchronisedFact()];
}

export function timeFact(now: number): Fact {
	const text = `the time is ${new Date(now).toISOString()}`;
	return now >= EARLIEST ? ok(text) : fail(`${text}, which cannot be`, "set the clock");
}

function synchronisedFact(): Fact {
	const todo = "run chrony, systemd-timesyncd or another NTP client";
	const isSynchronised = isClockSynchronised();
	if (isSynchronised) return ok("the clock is synchronised");
	if (isSynchronised === undefined)
		return warn("adjtimex(2) may not be asked whether the clock is synchronised", todo);
	return warn("the clock is not synchronised, by the word of adjtimex(2)", todo);
}
