/**
 * Rows by a whole number below 2^53. A Map boxes such keys and takes several times as long, which at 65,536 pairs is
 * the greater part of a poll.
 */
export interface NumberIndex {
	/** Row of the key, or -1. */
	find(key: number): number;
	/** Row of the key, which becomes the next free row when it is new. */
	findOrAdd(key: number): number;
	size(): number;
}

/** `capacity` is the greatest number of keys that may be added. */
export function createNumberIndex(capacity: number): NumberIndex {
	const slots = 2 ** Math.ceil(Math.log2(1.5 * capacity + 2));
	const keys = new Float64Array(slots);
	const rows = new Int32Array(slots).fill(-1);
	let size = 0;
	const slotOf = (key: number) => {
		let slot = hash(key) & (slots - 1);
		while (rows[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & (slots - 1);
		return slot;
	};
	const findOrAdd = (key: number) => {
		const slot = slotOf(key);
		if (rows[slot] === -1) {
			keys[slot] = key;
			rows[slot] = size++;
		}
		return rows[slot] as number;
	};
	return { find: (key) => rows[slotOf(key)] as number, findOrAdd, size: () => size };
}

/** Mixes both halves of the 53 bits: neighbouring keys must not fill neighbouring slots. */
function hash(key: number): number {
	const high = (key / 2 ** 32) | 0;
	let mixed = Math.imul((key >>> 0) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
	mixed ^= mixed >>> 15;
	return Math.imul(mixed, 0xc2b2ae35) >>> 0;
}
