/** Connections that were never established: the part of the flow table that they may take, and what they take of it. */
import { indexKey, lookup, readFirst, sumOverCpus } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import type { MapFill } from "../model/reading.ts";
import type { Layouts } from "./layouts.ts";

export function readEmbryos(object: BpfObject, layouts: Layouts): MapFill {
	const settings = lookup(object.map(".data.settings"), indexKey(0));
	const room = readFirst(object.map("flow_room"), 1);
	return {
		map: "embryos",
		// One CPU may take off what another is about to add.
		entries: Math.max(0, sumOverCpus(room, 0, layouts.flowRoom.embryos)),
		capacity: settings?.readUInt32LE(layouts.settings.embryo_limit) ?? 0,
	};
}
