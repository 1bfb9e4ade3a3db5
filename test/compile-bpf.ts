/** BPF programs that only tests use. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../scripts/lab/run.ts";
import { BpfObject, type LoadOptions } from "../src/bpf/object.ts";

/** Compiled and loaded. */
export async function loadSource(source: URL, options?: LoadOptions): Promise<BpfObject> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-test-"));
	const path = join(directory, "test.bpf.o");
	try {
		await compile(fileURLToPath(source), path);
		return new BpfObject(path, options);
	} finally {
		await rm(directory, { recursive: true });
	}
}

async function compile(source: string, path: string): Promise<void> {
	// linux/types.h includes asm/types.h, which Debian keeps in the folder of the architecture.
	const headers = (await readdir("/usr/include")).filter((name) => name.endsWith("-linux-gnu"));
	const includes = headers.map((name) => `-I/usr/include/${name}`);
	await run(["clang", "-target", "bpf", "-mcpu=v3", "-O2", "-g", ...includes, "-c", source, "-o", path]);
}
