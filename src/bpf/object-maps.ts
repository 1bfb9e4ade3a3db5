/** The maps of an opened BPF object, before the kernel has them. */
import { type DescribedMap, describeMap } from "./describe.ts";
import { check } from "./kernel-error.ts";
import { getLibbpf, type Pointer } from "./libbpf.ts";

export function setSizes(object: Pointer, maxEntries: Readonly<Record<string, number>>): void {
	for (const [name, entries] of Object.entries(maxEntries))
		getLibbpf().bpf_map__set_max_entries(findMap(object, name, "size"), entries);
}

export function setConstants(object: Pointer, constants: Readonly<Record<string, Buffer>>): void {
	for (const [section, bytes] of Object.entries(constants)) {
		const map = findMap(object, section, "set");
		check(getLibbpf().bpf_map__set_initial_value(map, bytes, bytes.length), `set ${section}`);
	}
}

/** @throws when one is another than the programs expect: libbpf would take over its definition without a word */
export function reuseMaps(object: Pointer, reuse: ReadonlyMap<string, number>): void {
	for (const [name, fd] of reuse) {
		const map = findMap(object, name, "reuse");
		refuseOther(name, describeMap(fd), describePointer(map));
		check(getLibbpf().bpf_map__reuse_fd(map, fd), `reuse map ${name}`);
	}
}

export function mapsOf(object: Pointer): DescribedMap[] {
	return [...mapPointers(object)].map(describePointer);
}

const COMPARED = {
	type: "type",
	keySize: "key bytes",
	valueSize: "value bytes",
	maxEntries: "entries",
	flags: "flags",
} as const;

function refuseOther(name: string, found: DescribedMap, expected: DescribedMap): void {
	const fields = Object.keys(COMPARED) as (keyof typeof COMPARED)[];
	const differing = fields.filter((field) => found[field] !== expected[field]);
	if (differing.length === 0) return;
	const textOf = (map: DescribedMap) =>
		differing.map((field) => `${COMPARED[field]} ${map[field]}`).join(", ");
	throw new Error(`Cannot reuse map ${name}: it has ${textOf(found)}, expected ${textOf(expected)}`);
}

function findMap(object: Pointer, name: string, action: string): Pointer {
	for (const map of mapPointers(object)) if (getLibbpf().bpf_map__name(map) === name) return map;
	throw new Error(`Cannot ${action} map ${name}: it is not in the BPF object`);
}

function* mapPointers(object: Pointer): Generator<Pointer> {
	let map = getLibbpf().bpf_object__next_map(object, null);
	while (map) {
		yield map;
		map = getLibbpf().bpf_object__next_map(object, map);
	}
}

function describePointer(map: Pointer): DescribedMap {
	const lib = getLibbpf();
	return {
		name: lib.bpf_map__name(map),
		fd: lib.bpf_map__fd(map),
		type: lib.bpf_map__type(map),
		keySize: lib.bpf_map__key_size(map),
		valueSize: lib.bpf_map__value_size(map),
		maxEntries: lib.bpf_map__max_entries(map),
		flags: lib.bpf_map__map_flags(map),
	};
}
