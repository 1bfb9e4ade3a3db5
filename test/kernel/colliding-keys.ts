/** Keys that the kernel puts into one bucket of a hash table made with BPF_F_ZERO_SEED. */

/** u32 keys; `buckets`: entries of the map, a power of two. */
export function collidingKeys(count: number, buckets: number): number[] {
	const keys: number[] = [];
	for (let key = 0; keys.length < count; key++) {
		if ((hashOf(key) & (buckets - 1)) === 0) keys.push(key);
	}
	return keys;
}

const JHASH_INITVAL = 0xdeadbeef;

/** jhash() of linux/jhash.h over four bytes, with seed 0. */
function hashOf(key: number): number {
	const start = (JHASH_INITVAL + 4) | 0;
	let [a, b, c] = [(start + key) | 0, start, start];
	c = ((c ^ b) - rotate(b, 14)) | 0;
	a = ((a ^ c) - rotate(c, 11)) | 0;
	b = ((b ^ a) - rotate(a, 25)) | 0;
	c = ((c ^ b) - rotate(b, 16)) | 0;
	a = ((a ^ c) - rotate(c, 4)) | 0;
	b = ((b ^ a) - rotate(a, 14)) | 0;
	return ((c ^ b) - rotate(b, 24)) | 0;
}

function rotate(word: number, bits: number): number {
	return (word << bits) | (word >>> (32 - bits));
}
