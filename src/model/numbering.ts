/** Texts numbered without repetition, so that rows compare by number instead of by text. */
export interface Numbering {
	/** Distinct texts; the position is the number. */
	readonly texts: readonly string[];
	readonly numberOf: ReadonlyMap<string, number>;
	/** Number of the i-th text given. */
	readonly numbers: Uint32Array;
}

/** Texts are nearly always distinct; looking up each before adding it would double the cost of a poll's largest step. */
export function numberTexts(given: readonly string[]): Numbering {
	const numberOf = new Map<string, number>();
	for (let i = 0; i < given.length; i++) numberOf.set(given[i] as string, i);
	if (numberOf.size < given.length) return numberRepeated(given);
	return { texts: given, numberOf, numbers: Uint32Array.from(given, (_, i) => i) };
}

function numberRepeated(given: readonly string[]): Numbering {
	const texts = [...new Set(given)];
	const numberOf = new Map(texts.map((text, number) => [text, number]));
	return { texts, numberOf, numbers: Uint32Array.from(given, (text) => numberOf.get(text) as number) };
}

/** For each number of `from` the number of the same text in `to`, or -1. */
export function translation(from: Numbering, to: Numbering): Int32Array {
	const numbers = new Int32Array(from.texts.length);
	for (let i = 0; i < numbers.length; i++) numbers[i] = to.numberOf.get(from.texts[i] as string) ?? -1;
	return numbers;
}
