/** Maps that stand for LoxiLB's, pinned where it pins its own. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { listPins, pin, unpin } from "../../../src/bpf/pins.ts";
import { loadSource } from "../../compile-bpf.ts";

/** Bytes of a value of its ct_map: they tell its releases apart. */
export const CT_VALUES = [264, 272, 280] as const;
export type CtValue = (typeof CT_VALUES)[number];

export function loadMaps(ctValue: CtValue): Promise<BpfObject> {
	return loadSource(new URL(`maps-${ctValue}.bpf.c`, import.meta.url));
}

/** What was pinned there is unpinned. */
export function pinMaps(object: BpfObject, directory: string): void {
	mkdirSync(directory, { recursive: true });
	for (const name of listPins(directory)) unpin(join(directory, name));
	for (const { name, fd } of object.maps.values()) if (!name.startsWith(".")) pin(fd, join(directory, name));
}
