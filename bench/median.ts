export interface Spread {
	readonly min: number;
	readonly median: number;
	readonly max: number;
}

/** Of an odd number of values, so that the median is one of them. */
export function spreadOf(values: readonly number[]): Spread {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (index: number) => sorted[index] ?? Number.NaN;
	return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1) };
}

export function formatSpread({ min, median, max }: Spread, digits: number): string {
	return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}
