/** Keys one behind another, as they are handed to the kernel. */
export interface KeyList {
	readonly count: number;
	push(keys: Uint8Array, offset: number): void;
	/** A copy. */
	toBuffer(): Buffer;
	/** What it holds now; valid until the next push. */
	readonly keys: Buffer;
	clear(): void;
}

export function createKeyList(keyBytes: number): KeyList {
	let room = Buffer.alloc(0);
	let used = 0;

	function grow(): void {
		const grown = Buffer.alloc(Math.max(2 * room.length, 64 * keyBytes));
		room.copy(grown);
		room = grown;
	}

	return {
		get count() {
			return used / keyBytes;
		},
		push(keys, offset) {
			if (used === room.length) grow();
			room.set(keys.subarray(offset, offset + keyBytes), used);
			used += keyBytes;
		},
		toBuffer: () => Buffer.from(room.subarray(0, used)),
		get keys() {
			return room.subarray(0, used);
		},
		clear() {
			used = 0;
		},
	};
}
