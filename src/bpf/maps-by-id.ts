/** All maps of the kernel, whoever made them. */
import { describeMap } from "./describe.ts";
import { check, ENOENT, TO_SEE_OTHERS_MAPS } from "./kernel-error.ts";
import { getLibbpf, getLibc } from "./libbpf.ts";

export interface NamedMap {
	readonly id: number;
	/** Its first 15 bytes. */
	readonly name: string;
}

export function listMaps(): NamedMap[] {
	const maps: NamedMap[] = [];
	for (const id of mapIds()) {
		const fd = openMapById(id);
		if (fd === undefined) continue;
		maps.push({ id, name: describeMap(fd).name });
		getLibc().close(fd);
	}
	return maps;
}

function* mapIds(): Generator<number> {
	let id = 0;
	for (;;) {
		const next = [0];
		const result: number = getLibbpf().bpf_map_get_next_id(id, next);
		if (result === -ENOENT) return;
		check(result, "list the maps of the kernel", TO_SEE_OTHERS_MAPS);
		id = next[0] ?? 0;
		yield id;
	}
}

/** A file descriptor that the caller must close; undefined when it is gone. */
export function openMapById(id: number): number | undefined {
	const fd: number = getLibbpf().bpf_map_get_fd_by_id(id);
	return fd === -ENOENT ? undefined : check(fd, `open map ${id}`, TO_SEE_OTHERS_MAPS);
}
