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

export function formatSpread({ min, median, max }: Spread): string {
	return `${threeDigits(median)} (${threeDigits(min)} to ${threeDigits(max)})`;
}

/** More than three are noise. */
function threeDigits(value: number): string {
	const digits = Math.floor(Math.log10(Math.max(Math.abs(value), 1e-3)));
	return value.toFixed(Math.max(0, 2 - digits));
}
