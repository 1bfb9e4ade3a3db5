/** Guesses which known word was meant. */

/** Longer words are no slips of a finger, and their distance costs time. */
const MAX_LENGTH = 64;

/** The known word that is the fewest typing errors away, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
	if (word.length > MAX_LENGTH) return undefined;
	let limit = Math.max(1, Math.floor(word.length / 3));
	let best: string | undefined;
	for (const candidate of known) {
		if (Math.abs(candidate.length - word.length) > limit) continue;
		const distance = editDistance(word.toLowerCase(), candidate);
		if (distance > limit) continue;
		best = candidate;
		limit = distance - 1;
	}
	return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(from: string, to: string): number {
	const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
	for (let i = 1; i <= from.length; i++) {
		const row = [i];
		for (let j = 1; j <= to.length; j++) {
			const replaced = at(rows, i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
			const swap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
			const swapped = swap ? at(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
			row.push(Math.min(replaced, swapped, at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1));
		}
		rows.push(row);
	}
	return at(rows, from.length, to.length);
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
	return rows[i]?.[j] ?? 0;
}
