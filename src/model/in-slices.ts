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
