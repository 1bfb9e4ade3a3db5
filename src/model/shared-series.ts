/**
 * Rows of the kernel that are one series of the page: pairs of two slots with the same label, or of an endpoint that is
 * known by its Ethernet address and by its IP address. One row is the series and shows the sum; few rows are here.
 */

interface Group {
	/** The other rows of the series. */
	readonly others: number[];
	/** What the row that is the series counts itself. */
	bytes: number;
	packets: number;
}

export interface SharedSeries {
	/** `row` is the same series as `known`. */
	join(row: number, known: number): void;
	/** Gives the row that is the series now instead, if `row` was it. */
	leave(row: number): number | undefined;
	/** Makes the rows that are the series show the sums. */
	sum(): void;
	/** Makes them show their own again, as the kernel's rows are compared with that. */
	undoSum(): void;
	/** What the row alone has counted. */
	ownBytes(row: number): number;
}

export function createSharedSeries(bytes: Float64Array, packets: Float64Array): SharedSeries {
	/** By the row that is the series. */
	const groups = new Map<number, Group>();
	/** Of each other row: the one that is the series. */
	const shownBy = new Map<number, number>();
	let isSummed = false;

	/** The next row takes the place of the one that was the series. */
	function succeed(row: number, { others }: Group): number | undefined {
		groups.delete(row);
		const [next, ...rest] = others;
		if (next === undefined) return undefined;
		shownBy.delete(next);
		groups.set(next, { others: rest, bytes: 0, packets: 0 });
		for (const other of rest) shownBy.set(other, next);
		return next;
	}

	return {
		join(row, known) {
			const series = shownBy.get(known) ?? known;
			const group = groups.get(series) ?? { others: [], bytes: 0, packets: 0 };
			groups.set(series, group);
			group.others.push(row);
			shownBy.set(row, series);
		},
		leave(row) {
			const group = groups.get(row);
			if (group !== undefined) return succeed(row, group);
			const others = groups.get(shownBy.get(row) as number)?.others ?? [];
			shownBy.delete(row);
			others.splice(others.indexOf(row), 1);
			return undefined;
		},
		sum() {
			for (const [row, group] of groups) {
				group.bytes = bytes[row] as number;
				group.packets = packets[row] as number;
				for (const other of group.others) {
					bytes[row] = (bytes[row] as number) + (bytes[other] as number);
					packets[row] = (packets[row] as number) + (packets[other] as number);
				}
			}
			isSummed = true;
		},
		undoSum() {
			if (!isSummed) return;
			for (const [row, group] of groups) {
				bytes[row] = group.bytes;
				packets[row] = group.packets;
			}
			isSummed = false;
		},
		ownBytes(row) {
			return isSummed ? (groups.get(row)?.bytes ?? (bytes[row] as number)) : (bytes[row] as number);
		},
	};
}
