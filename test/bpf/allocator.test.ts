import koffi from "koffi";
import { describe, expect, it } from "vitest";
import { giveBackLargeBlocks } from "../../src/bpf/allocator.ts";

const MIB = 1 << 20;
/** Of the size that stands before a block, a flag of glibc: malloc.c, chunk_is_mmapped(). */
const IS_MMAPPED = 2n;

const libc = koffi.load("libc.so.6");
const malloc = libc.func("void *malloc(size_t size)");
const free = libc.func("void free(void *block)");

describe("giveBackLargeBlocks", () => {
	it("keeps a large block in a mapping of its own after a larger one was freed", () => {
		giveBackLargeBlocks();
		free(malloc(30 * MIB));
		expect(hasOwnMapping(20 * MIB)).toBe(true);
		expect(hasOwnMapping(MIB)).toBe(true);
		expect(hasOwnMapping(1024)).toBe(false);
	});
});

function hasOwnMapping(bytes: number): boolean {
	const block: unknown = malloc(bytes);
	const size = BigInt(koffi.decode(block, -8, "uint64_t"));
	free(block);
	return (size & IS_MMAPPED) !== 0n;
}
