/** What happened between the last two samples, in total and per second of really elapsed time. */
import type { Rates } from "./snapshot.ts";
import { increase, type Sample, type ServiceSample, type Window } from "./window.ts";

export interface LastInterval {
	readonly newFlows: number;
	readonly rates: Rates;
}

export function lastInterval(window: Window): LastInterval | undefined {
	const before = window.at(-2);
	const now = window.at(-1);
	if (before === undefined || now === undefined) return undefined;
	const perSecond = (count: number) => (count * 1000) / (now.atMs - before.atMs);
	const newFlows = grown(before, now, "requests");
	const rates: Rates = {
		requests: perSecond(newFlows),
		bytes: perSecond(grown(before, now, "bytes")),
		packets: perSecond(grown(before, now, "packets")),
		errors: perSecond(grown(before, now, "errors")),
	};
	return { newFlows, rates };
}

function grown(before: Sample, now: Sample, counter: keyof ServiceSample): number {
	let sum = 0;
	for (const [label, service] of now.services) {
		sum += increase(before.services.get(label)?.[counter], service[counter]);
	}
	return sum;
}
