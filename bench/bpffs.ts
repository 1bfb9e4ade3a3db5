/** A BPF file system of the bench's own, so that other programs open the same map. */
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/lab/run.ts";
import { check } from "../src/bpf/kernel-error.ts";
import { getLibbpf } from "../src/bpf/libbpf.ts";
import type { MapDescription } from "../src/bpf/map.ts";

/** Calls `work` with a path at which the map can be opened. */
export async function whilePinned<T>(map: MapDescription, work: (path: string) => Promise<T>): Promise<T> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-bench-"));
	await run(["mount", "-t", "bpf", "bpf", directory]);
	try {
		const path = join(directory, map.name);
		check(getLibbpf().bpf_obj_pin(map.fd, path), `pin map ${map.name}`);
		return await work(path);
	} finally {
		await run(["umount", directory]);
		await rmdir(directory);
	}
}
