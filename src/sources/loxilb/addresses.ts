/** Addresses as LoxiLB writes them -> as the model has them: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d. */

/** The words of ::ffff:0:0/96, little-endian. */
const MAPPED = 0xffff0000;

/** Copies the address at from[at] to to[there]. Words keep their bytes in network order. */
export function copyAddress(
	from: Uint32Array,
	at: number,
	isIPv6: boolean,
	to: Uint32Array,
	there: number,
): void {
	if (isIPv6) {
		for (let i = 0; i < 4; i++) to[there + i] = from[at + i] as number;
		return;
	}
	to[there] = 0;
	to[there + 1] = 0;
	to[there + 2] = MAPPED;
	to[there + 3] = from[at] as number;
}

export function isZero(words: Uint32Array, at: number): boolean {
	return (
		((words[at] as number) |
			(words[at + 1] as number) |
			(words[at + 2] as number) |
			(words[at + 3] as number)) ===
		0
	);
}

/** The address at `offset`, in bytes. */
export function addressAt(bytes: Buffer, offset: number, isIPv6: boolean): Buffer {
	const address = Buffer.alloc(16);
	if (isIPv6) bytes.copy(address, 0, offset, offset + 16);
	else {
		address.fill(0xff, 10, 12);
		bytes.copy(address, 12, offset, offset + 4);
	}
	return address;
}
