/** Contestants in turns, so that a drift of the machine meets them alike. */
import { type Spread, spreadOf } from "./median.ts";

/** Does its work once and gives what that took. */
type Measure = () => Promise<number> | number;

/** The exporter runs for weeks: what it does in its first polls, before its loops are compiled, is not what it costs. */
const WARM_UP_ROUNDS = 10;

export async function warmUp(work: Measure): Promise<void> {
	for (let round = 0; round < WARM_UP_ROUNDS; round++) await work();
}

/** What each took, by round. The one that begins changes: what is first may find the machine warmer. */
export async function inTurns<Name extends string>(
	rounds: number,
	contestants: Readonly<Record<Name, Measure>>,
): Promise<Record<Name, number[]>> {
	const names = Object.keys(contestants) as Name[];
	const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
	for (let round = 0; round < rounds; round++) {
		const from = round % names.length;
		for (const name of [...names.slice(from), ...names.slice(0, from)]) {
			taken[name].push(await contestants[name]());
		}
	}
	return taken;
}

/** Round by round. */
export function ratioOf(values: readonly number[], to: readonly number[]): Spread {
	return spreadOf(values.map((value, round) => value / (to[round] ?? Number.NaN)));
}

export async function milliseconds(work: () => Promise<unknown> | unknown): Promise<number> {
	const start = performance.now();
	await work();
	return performance.now() - start;
}
