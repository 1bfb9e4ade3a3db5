/** Rows one behind another, in a list that grows. */
export interface RowList {
	push(row: number): void;
	/** What was pushed; valid until the next push. */
	toArray(): Uint32Array;
	clear(): void;
}

export function createRowList(): RowList {
	let room = new Uint32Array(64);
	let count = 0;

	function grow(): void {
		const grown = new Uint32Array(2 * room.length);
		grown.set(room);
		room = grown;
	}

	return {
		push(row) {
			if (count === room.length) grow();
			room[count++] = row;
		},
		toArray: () => room.subarray(0, count),
		clear() {
			count = 0;
		},
	};
}
