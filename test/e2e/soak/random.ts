/** Random numbers that a printed seed gives again. */
export interface Random {
	/** At least 0, below 1. */
	next(): number;
	/** Whole, both included. */
	between(least: number, most: number): number;
	pick<Item>(items: readonly Item[]): Item;
	shuffled<Item>(items: readonly Item[]): Item[];
}

/** Numerical Recipes' generator of 32 bits; its upper bits are good enough to choose a fault. */
export function randomOf(seed: number): Random {
	let state = seed >>> 0;
	const next = () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
	const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
	return {
		next,
		between,
		pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number],
		shuffled(items) {
			const ordered = items.map((item) => ({ item, at: next() }));
			return ordered.sort((a, b) => a.at - b.at).map(({ item }) => item);
		},
	};
}
