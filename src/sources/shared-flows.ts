/**
 * The flow table in two sets of maps at once. Programs are changed one after the other: as long as some of each set run,
 * a packet may meet one of the former set as it comes in and one of the new set as it leaves, and both must find its flow.
 */
import { isDeepStrictEqual } from "node:util";
import { type DescribedMap, describeMap, mapId } from "../bpf/describe.ts";
import { readMaps, readStructs } from "../bpf/object.ts";
import type { LastingMap } from "./lasting-maps.ts";
import type { Former } from "./map-sets.ts";
import { type DataPathOptions, sizesOf } from "./open-data-path.ts";

const FLOW_MAPS: readonly string[] = [
	"flows",
	"flow_room",
	"unplaced",
	"fragments",
	"join_slots",
	"join_gate",
] satisfies LastingMap[];
const FLOW_STRUCTS = [
	"address",
	"flow_key",
	"flow",
	"flow_room",
	"note",
	"fragment_key",
	"ports",
	"join_slot",
] as const;

/** Descriptors by name. None when other limits or another version want another table: then flows are copied. */
export function flowMapsOf({ maps, structs }: Former, options: DataPathOptions): ReadonlyMap<string, number> {
	const wanted = readStructs();
	if (!FLOW_STRUCTS.every((name) => isDeepStrictEqual(structs.get(name), wanted.get(name)))) return new Map();
	const shapes = readMaps(sizesOf(options)).filter(({ name }) => FLOW_MAPS.includes(name));
	const found = shapes.flatMap((shape) => {
		const fd = maps.get(shape.name)?.fd;
		return fd !== undefined && isLike(describeMap(fd), shape) ? [[shape.name, fd] as const] : [];
	});
	return new Map(found.length === FLOW_MAPS.length ? found : []);
}

function isLike(found: DescribedMap, wanted: DescribedMap): boolean {
	return (["type", "keySize", "valueSize", "maxEntries", "flags"] as const).every(
		(field) => found[field] === wanted[field],
	);
}

/** Oldest first: what each of the sets has for itself, and no later one nor `latest`. So no flow is carried over twice. */
export function ownMapsOf<T extends Former>(sets: readonly T[], latest: Pick<Former, "maps">): T[] {
	const known = new Set([...latest.maps.values()].map(({ fd }) => mapId(fd)));
	return sets
		.toReversed()
		.map((set) => {
			const own = [...set.maps].filter(([, { fd }]) => !known.has(mapId(fd)));
			for (const [, { fd }] of own) known.add(mapId(fd));
			return { ...set, maps: new Map(own) };
		})
		.reverse();
}
