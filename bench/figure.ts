/** What `make bench` measures: a file per figure, each against a peer or a goal. */
import type { Spread } from "./median.ts";

export interface Figure {
	/** As in `make bench FIGURE=name`. */
	readonly name: string;
	measure(setting: Setting): Promise<readonly Result[]>;
}

export interface Setting {
	/** Rows of the pair map. */
	readonly pairs: number;
}

export interface Result {
	readonly title: string;
	/** Empty: a ratio. */
	readonly unit: string;
	readonly spread: Spread;
	/** Of the median; none: for information. */
	readonly goal?: Goal;
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export function isMet({ spread, goal }: Result): boolean | undefined {
	if (goal === undefined) return undefined;
	return "atMost" in goal ? spread.median <= goal.atMost : spread.median >= goal.atLeast;
}
