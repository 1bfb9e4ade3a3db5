/** What programs may have, and which have more. */

/** As many hundredths more than its budget a program may have before somebody has to look at it. */
const TOLERATED_PERCENT = 20;

/** By name of the program. */
export type Budget = Readonly<Record<string, ProgramSize>>;

export interface ProgramSize {
	/** As the loader puts the program together. */
	readonly instructions: number;
	/** Looked at by the verifier, each as often as it was; undefined when the program was not loaded. */
	readonly verified: number | undefined;
}

const MEASURES = { instructions: "instructions", verified: "verified instructions" } as const;

/** One line for each thing that is wrong. */
export function findExcesses(budget: Budget, sizes: Budget): string[] {
	const gone = Object.keys(budget).filter((name) => !sizes[name]);
	return [
		...Object.entries(sizes).flatMap(([name, size]) => excessesOf(name, budget[name], size)),
		...gone.map((name) => `${name} has a budget, but there is no such program`),
	];
}

function excessesOf(name: string, budget: ProgramSize | undefined, size: ProgramSize): string[] {
	if (!budget) return [`${name} has no budget`];
	return Object.entries(MEASURES).flatMap(([key, words]) => {
		const [before, now] = [budget[key as keyof ProgramSize], size[key as keyof ProgramSize]];
		if (before === undefined || now === undefined) return [];
		if (now * 100 <= before * (100 + TOLERATED_PERCENT)) return [];
		const growth = Math.round((now / before - 1) * 1000) / 10;
		return [`${name} has grown by ${growth} %, from ${before} to ${now} ${words}`];
	});
}
