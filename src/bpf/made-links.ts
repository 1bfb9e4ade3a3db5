/**
 * tcx links made on another thread. For each the kernel waits until no CPU uses the former list of programs any more: some
 * 12 ms, in which our own thread could do nothing else.
 */
import { closeSync, existsSync } from "node:fs";
import { pinPath } from "./attachment-pins.ts";
import { getLibbpf } from "./libbpf.ts";
import type { Program } from "./object.ts";
import type { Direction, Target } from "./target.ts";
import { LINK_OPTIONS, TCX_ATTACH_TYPE } from "./tcx-programs.ts";

export interface MadeLinks {
	/** Whose it is from then on. Undefined: there is none. */
	take(direction: Direction): number | undefined;
	/** Takes off those that nobody has taken. */
	close(): void;
}

/** Links that an earlier run has pinned are not made. What the kernel refuses it refuses again when it is tried at once. */
export async function makeLinks(
	target: Target,
	programs: Readonly<Record<Direction, Program>>,
	pins: string | undefined,
): Promise<MadeLinks> {
	const made = new Map<Direction, number>();
	// Threads of the pool are in the own namespace.
	const isReachable = target.netns === undefined;
	for (const direction of isReachable ? (["ingress", "egress"] as const) : []) {
		if (pins !== undefined && existsSync(pinPath(pins, "link", target, direction))) continue;
		const fd = await create(target.index, direction, programs[direction]);
		if (fd < 0) break;
		made.set(direction, fd);
	}
	return {
		take(direction) {
			const fd = made.get(direction);
			made.delete(direction);
			return fd;
		},
		close() {
			for (const fd of made.values()) closeSync(fd);
			made.clear();
		},
	};
}

function create(index: number, direction: Direction, { fd }: Program): Promise<number> {
	const { bpf_link_create } = getLibbpf();
	return new Promise((resolve, reject) => {
		const done = (error: Error | null, result: number) => (error ? reject(error) : resolve(result));
		bpf_link_create.async(fd, index, TCX_ATTACH_TYPE[direction], LINK_OPTIONS[direction], done);
	});
}
