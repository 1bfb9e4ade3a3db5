/**
 * Long work over `length` rows, in slices between which whatever else waits for the event loop goes on. `visit` gives
 * the row that the next slice begins with. Without a clock: a slice is so many rows.
 */
export async function inSlices(length: number, visit: (from: number) => number): Promise<void> {
	for (let from = 0; from < length; ) {
		from = visit(from);
		await new Promise((resolve) => setImmediate(resolve));
	}
}

/** The same with `rows` in a slice, for work that costs the same for each row. */
export function inEqualSlices(
	length: number,
	rows: number,
	visit: (from: number, to: number) => void,
): Promise<void> {
	return inSlices(length, (from) => {
		const to = Math.min(from + rows, length);
		visit(from, to);
		return to;
	});
}

/** The same over items of any kind. `visit` gives what an item cost; a slice costs `most`, or as much as its last item. */
export async function eachInSlices<T>(
	items: Iterable<T>,
	most: number,
	visit: (item: T) => number,
): Promise<void> {
	let cost = 0;
	for (const item of items) {
		cost += visit(item);
		if (cost < most) continue;
		cost = 0;
		await new Promise((resolve) => setImmediate(resolve));
	}
}
