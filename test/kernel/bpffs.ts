/** A bpffs of the suite's own: the machine's may not be mounted, or hold the pins of an lbscope that runs. */
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { run } from "../../scripts/lab/run.ts";

/** Inside describe(): gives a directory on it that is not there yet, another one at each call. */
export function withBpffs(): () => string {
	let mountPoint: string | undefined;
	let given = 0;
	beforeAll(async () => {
		const directory = await mkdtemp(join(tmpdir(), "lbscope-bpffs-"));
		await run(["mount", "-t", "bpf", "-o", "mode=0755", "bpf", directory]);
		mountPoint = directory;
	});
	// With the mount go its pins, and whatever only they kept. Lazily: after a failure somebody may still be on it.
	afterAll(async () => {
		if (mountPoint === undefined) return;
		await run(["umount", "--lazy", mountPoint]);
		await rmdir(mountPoint);
	});
	return () => {
		if (mountPoint === undefined) throw new Error("the bpffs was not mounted");
		given++;
		return join(mountPoint, `pins${given}`);
	};
}
