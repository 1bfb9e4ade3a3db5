/** A BPF file system of the bench's own, so that other programs open the same maps and programs. */
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/lab/run.ts";
import { check } from "../src/bpf/kernel-error.ts";
import { getLibbpf } from "../src/bpf/libbpf.ts";

/** A map or a program. */
interface Pinnable {
	readonly name: string;
	readonly fd: number;
}

/** Calls `work` with a path at which it can be opened. */
export async function whilePinned<T>(object: Pinnable, work: (path: string) => Promise<T>): Promise<T> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-bench-"));
	await run(["mount", "-t", "bpf", "bpf", directory]);
	try {
		const path = join(directory, object.name);
		check(getLibbpf().bpf_obj_pin(object.fd, path), `pin ${object.name}`);
		return await work(path);
	} finally {
		await run(["umount", directory]);
		await rmdir(directory);
	}
}
