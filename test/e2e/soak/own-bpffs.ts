/** A BPF file system that a soak takes away and gives back. */
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../scripts/lab/run.ts";

export interface OwnBpffs {
	/** Where pins go. */
	readonly pins: string;
	mount(): Promise<void>;
	/** Lazily: who has files on it open keeps those. */
	unmount(): Promise<void>;
	remove(): Promise<void>;
}

export async function makeBpffs(): Promise<OwnBpffs> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-soak-bpffs-"));
	let isMounted = false;
	async function unmount(): Promise<void> {
		if (isMounted) await run(["umount", "--lazy", directory]);
		isMounted = false;
	}
	return {
		pins: join(directory, "pins"),
		async mount() {
			await run(["mount", "-t", "bpf", "-o", "mode=0755", "bpf", directory]);
			isMounted = true;
		},
		unmount,
		async remove() {
			await unmount();
			await rmdir(directory);
		},
	};
}
