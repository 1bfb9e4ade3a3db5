/** A directory that goes with the suite. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";

/** Inside describe(). Readable for programs that run as somebody else. */
export function withDirectory(name: string): () => string {
	let directory: string | undefined;
	beforeAll(async () => {
		directory = await mkdtemp(join(tmpdir(), `lbscope-${name}-`));
		await chmod(directory, 0o755);
	});
	afterAll(async () => {
		if (directory !== undefined) await rm(directory, { recursive: true, force: true });
	});
	return () => {
		if (directory === undefined) throw new Error("the directory was not made");
		return directory;
	};
}
