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

/** Of the map itself, whoever has it under whatever name. */
export function mapId(fd: number): number {
	return describe(fd, MAP_BYTES, "map").readUInt32LE(4);
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

/** One for all, for each is asked for every second. */
const link = Buffer.alloc(LINK_BYTES);

export function describeLink(fd: number): DescribedLink {
	describe(fd, LINK_BYTES, "link", link.fill(0));
	return { programId: link.readUInt32LE(8), ifindex: link.readUInt32LE(16) };
}

/** Of its name the kernel keeps 15 bytes. */
export function programName(fd: number): string {
	return nameAt(describe(fd, PROGRAM_BYTES, "program"), PROGRAM_NAME);
}

/** In place: an array would be copied to and fro, and that is most of the call. */
const size = new Uint32Array(1);

function describe(fd: number, bytes: number, what: string, buffer = Buffer.alloc(bytes)): Buffer {
	size[0] = bytes;
	check(getLibbpf().bpf_obj_get_info_by_fd(fd, buffer, size), `describe a ${what}`);
	return buffer;
}

function nameAt(buffer: Buffer, offset: number): string {
	return buffer.toString("latin1", offset, offset + 16).replace(/\0.*$/, "");
}
