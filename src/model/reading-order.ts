/** In which order the last poll read the rows: the next one reads nearly all of them in the same order. */
export interface ReadingOrder {
	/** Rows of the last poll, and how many of them. */
	last: Uint32Array;
	lastCount: number;
	/** Where the reading is in them. */
	cursor: number;
	/** Rows of this poll so far. */
	now: Uint32Array;
	nowCount: number;
}

/** `capacity`: most rows of one poll. */
export function createReadingOrder(capacity: number): ReadingOrder {
	const [last, now] = [new Uint32Array(capacity), new Uint32Array(capacity)];
	return { last, lastCount: 0, cursor: 0, now, nowCount: 0 };
}

/** After a poll that broke off, the order of the one before is still the best guess. */
export function beginOrder(order: ReadingOrder): void {
	order.cursor = 0;
	order.nowCount = 0;
}

export function endOrder(order: ReadingOrder): void {
	const { last, now } = order;
	order.last = now;
	order.lastCount = Math.min(order.nowCount, now.length);
	order.now = last;
}
