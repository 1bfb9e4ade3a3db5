/**
 * In which order the last poll read the rows: the next one reads nearly all of them in the same order. It is a list through
 * the rows. A poll that reads another order, or breaks off, changes it on its way: it is a guess, and never more.
 */
export interface ReadingOrder {
	/** By row: the one that was read behind it. At `head` the first of all. */
	readonly next: Uint32Array;
	readonly head: number;
	/** The row that is to be read now. */
	expected: number;
	/** What was read last; `head` when nothing was. */
	last: number;
}

/** Where none is expected: a row as good as any. */
export const NONE_EXPECTED = 0;

export function createReadingOrder(capacity: number): ReadingOrder {
	return { next: new Uint32Array(capacity + 1), head: capacity, expected: NONE_EXPECTED, last: capacity };
}

export function beginOrder(order: ReadingOrder): void {
	order.expected = order.next[order.head] as number;
	order.last = order.head;
}

export function endOrder({ next, last }: ReadingOrder): void {
	next[last] = NONE_EXPECTED;
}
