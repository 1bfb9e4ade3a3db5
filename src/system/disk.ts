/** Use of a filesystem as df computes it. */

/** In blocks, as statfs(2) counts them. */
export interface Blocks {
	readonly blocks: number;
	/** Free for root. */
	readonly bfree: number;
	/** Free for users: less, as filesystems keep a reserve. */
	readonly bavail: number;
}

/** used / (used + available to users); undefined for a filesystem without blocks. */
export function diskPercent({ blocks, bfree, bavail }: Blocks): number | undefined {
	const used = blocks - bfree;
	return used + bavail === 0 ? undefined : (100 * used) / (used + bavail);
}
