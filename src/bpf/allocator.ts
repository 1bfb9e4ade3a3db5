/** How the C library's malloc(3), from which V8 has the memory of buffers, takes it from the kernel. */
import { getLibc } from "./libbpf.ts";

const M_MMAP_THRESHOLD = -3;
/** Bytes; where glibc begins. */
const OWN_MAPPING = 128 * 1024;

/**
 * Blocks of 128 KiB and more go back to the kernel when they are freed, whatever was freed before.
 *
 * Left alone, glibc raises that limit to the largest block it has seen freed, at most 32 MiB (mallopt(3)). Then buffers of
 * many MiB lie between small blocks that outlive them: RSS grew by some 20 MiB with each reload that changed the limits.
 */
export function giveBackLargeBlocks(): void {
	if (getLibc().mallopt(M_MMAP_THRESHOLD, OWN_MAPPING) !== 1) {
		throw new Error(`Cannot set the size of blocks with a mapping of their own to ${OWN_MAPPING} bytes`);
	}
}
