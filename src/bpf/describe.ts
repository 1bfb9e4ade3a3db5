/** What the kernel says of an open BPF object (BPF_OBJ_GET_INFO_BY_FD). */
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import type { MapDescription } from "./map.ts";

/** struct bpf_map_info as far as it is needed: type, id, key_size, value_size, max_entries, map_flags, name[16]. */
const MAP_BYTES = 40;
const MAP_NAME = 24;
/** The same up to btf_id, btf_key_type_id, btf_value_type_id. */
const TYPED_MAP_BYTES = 76;
const MAP_BTF = 64;
/** struct bpf_link_info: type, id, prog_id, then (aligned to 8) the ifindex of a tcx link. */
const LINK_BYTES = 24;
/** struct bpf_prog_info up to name[16]. */
const PROGRAM_BYTES = 80;
const PROGRAM_NAME = 64;

export interface DescribedMap extends MapDescription {
	/** BPF_F_* */
	readonly flags: number;
}

/** Of its name the kernel keeps 15 bytes. */
export function describeMap(fd: number): DescribedMap {
	const buffer = describe(fd, MAP_BYTES, "map");
	return {
		fd,
		type: buffer.readUInt32LE(0),
		keySize: buffer.readUInt32LE(8),
		valueSize: buffer.readUInt32LE(12),
		maxEntries: buffer.readUInt32LE(16),
		flags: buffer.readUInt32LE(20),
		name: nameAt(buffer, MAP_NAME),
	};
}

/** Where the types of its keys and values are written down. */
export interface MapTypeIds {
	/** Of the map: no other map has it, not even after this one is gone. */
	readonly map: number;
	/** 0: it was made without BTF. */
	readonly btf: number;
	readonly key: number;
	readonly value: number;
}

export function describeMapTypes(fd: number): MapTypeIds {
	const buffer = describe(fd, TYPED_MAP_BYTES, "map");
	const [btf, key, value] = [0, 4, 8].map((at) => buffer.readUInt32LE(MAP_BTF + at));
	return { map: buffer.readUInt32LE(4), btf: btf ?? 0, key: key ?? 0, value: value ?? 0 };
}

export interface DescribedLink {
	readonly programId: number;
	/** 0: the device is gone, or the link was detached by force. */
	readonly ifindex: number;
}

export function describeLink(fd: number): DescribedLink {
	const buffer = describe(fd, LINK_BYTES, "link");
	return { programId: buffer.readUInt32LE(8), ifindex: buffer.readUInt32LE(16) };
}

/** Of its name the kernel keeps 15 bytes. */
export function programName(fd: number): string {
	return nameAt(describe(fd, PROGRAM_BYTES, "program"), PROGRAM_NAME);
}

function describe(fd: number, bytes: number, what: string): Buffer {
	const buffer = Buffer.alloc(bytes);
	check(getLibbpf().bpf_obj_get_info_by_fd(fd, buffer, [buffer.length]), `describe a ${what}`);
	return buffer;
}

function nameAt(buffer: Buffer, offset: number): string {
	return buffer.toString("latin1", offset, offset + 16).replace(/\0.*$/, "");
}
