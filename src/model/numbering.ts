/** Texts numbered without repetition, so that rows compare by number instead of by text. */
export interface Numbering {
	/** Distinct texts; the position is the number. */
	readonly texts: readonly string[];
	readonly numberOf: ReadonlyMap<string, number>;
	/** Number of the i-th text given. */
	readonly numbers: Uint32Array;
}

export function numberTexts(given: readonly string[]): Numbering {
	const numberOf = new Map<string, number>();
	const texts: string[] = [];
	const numbers = new Uint32Array(given.length);
	for (let i = 0; i < given.length; i++) {
		const text = given[i] as string;
		let number = numberOf.get(text);
		if (number === undefined) {
			number = texts.push(text) - 1;
			numberOf.set(text, number);
		}
		numbers[i] = number;
	}
	return { texts, numberOf, numbers };
}

/** For each number of `from` the number of the same text in `to`, or -1. */
export function translation(from: Numbering, to: Numbering): Int32Array {
	const numbers = new Int32Array(from.texts.length);
	for (let i = 0; i < numbers.length; i++) numbers[i] = to.numberOf.get(from.texts[i] as string) ?? -1;
	return numbers;
}
