/**
 * The part of BTF that tells where a struct has its fields, so that C is the only place where a layout is written.
 * Format: https://docs.kernel.org/bpf/btf.html
 */
const BTF_MAGIC = 0xeb9f;

const KIND = {
	int: 1,
	array: 3,
	struct: 4,
	union: 5,
	enum: 6,
	func: 12,
	funcProto: 13,
	var: 14,
	datasec: 15,
} as const;
const KIND_DECL_TAG = 17;
const KIND_ENUM64 = 19;
/** Kinds that only stand for another type: typedef, volatile, const, restrict, type tag. */
const TRANSPARENT = new Set([8, 9, 10, 11, 18]);

export interface BtfField {
	readonly name: string;
	/** Bytes from the start of the struct. */
	readonly offset: number;
	/** Bytes. */
	readonly size: number;
}

export interface BtfStruct {
	readonly name: string;
	readonly size: number;
	readonly fields: readonly BtfField[];
}

export interface BtfType {
	readonly name: string;
	readonly kind: number;
	/** Size in bytes, or the type that this one refers to. */
	readonly sizeOrType: number;
	readonly members: readonly { name: string; type: number; bitOffset: number }[];
	readonly array: { element: number; length: number } | undefined;
}

/** Structs by name. */
export function parseBtf(data: Buffer): ReadonlyMap<string, BtfStruct> {
	const types = readTypes(data);
	const structs = new Map<string, BtfStruct>();
	for (const type of types) {
		if (type?.kind !== KIND.struct) continue;
		const fields = type.members.map((member) => ({
			name: member.name,
			offset: member.bitOffset / 8,
			size: sizeOf(types, member.type),
		}));
		structs.set(type.name, { name: type.name, size: type.sizeOrType, fields });
	}
	return structs;
}

export function readTypes(data: Buffer): (BtfType | undefined)[] {
	const { types: found, text } = openBtf(data);
	/** Type 0 is void. */
	const types: (BtfType | undefined)[] = [undefined];
	for (const { at, kind, count, hasBitfields } of found) {
		types.push({
			name: text(data.readUInt32LE(at)),
			kind,
			sizeOrType: data.readUInt32LE(at + 8),
			members: isRecord(kind) ? readMembers(data, at + 12, count, hasBitfields, text) : [],
			array:
				kind === KIND.array
					? { element: data.readUInt32LE(at + 12), length: data.readUInt32LE(at + 20) }
					: undefined,
		});
	}
	return types;
}

function isRecord(kind: number): boolean {
	return kind === KIND.struct || kind === KIND.union;
}

interface TypeHead {
	/** Where it begins. */
	readonly at: number;
	readonly kind: number;
	/** Of what stands behind its first 12 bytes: members, values. */
	readonly count: number;
	readonly hasBitfields: boolean;
}

function openBtf(data: Buffer): { types: Iterable<TypeHead>; text: (offset: number) => string } {
	if (data.length < 24 || data.readUInt16LE(0) !== BTF_MAGIC)
		throw new Error("Cannot read BTF: wrong magic number");
	const header = data.readUInt32LE(4);
	const start = header + data.readUInt32LE(8);
	const strings = header + data.readUInt32LE(16);
	const text = (offset: number) => {
		const from = strings + offset;
		return data.toString("latin1", from, data.indexOf(0, from));
	};
	return { types: typeHeads(data, start, start + data.readUInt32LE(12)), text };
}

function* typeHeads(data: Buffer, start: number, end: number): Generator<TypeHead> {
	for (let at = start; at < end; ) {
		const flags = data.readUInt32LE(at + 4);
		const [kind, count] = [(flags >> 24) & 0x1f, flags & 0xffff];
		yield { at, kind, count, hasBitfields: flags >>> 31 === 1 };
		at += 12 + trailerSize(kind, count);
	}
}

/** Value of one name of an enum of 32 bits; undefined when there is none. */
export function findEnumValue(data: Buffer, enumName: string, valueName: string): number | undefined {
	const { types, text } = openBtf(data);
	for (const { at, kind, count } of types) {
		if (kind !== KIND.enum || text(data.readUInt32LE(at)) !== enumName) continue;
		for (let value = at + 12; value < at + 12 + 8 * count; value += 8) {
			if (text(data.readUInt32LE(value)) === valueName) return data.readInt32LE(value + 4);
		}
	}
	return undefined;
}

function readMembers(
	data: Buffer,
	start: number,
	count: number,
	bitfields: boolean,
	text: (offset: number) => string,
) {
	return Array.from({ length: count }, (_, i) => {
		const at = start + i * 12;
		const offset = data.readUInt32LE(at + 8);
		return {
			name: text(data.readUInt32LE(at)),
			type: data.readUInt32LE(at + 4),
			bitOffset: bitfields ? offset & 0xffffff : offset,
		};
	});
}

/** Bytes behind the 12 that every type has. */
function trailerSize(kind: number, count: number): number {
	switch (kind) {
		case KIND.int:
		case KIND.var:
		case KIND_DECL_TAG:
			return 4;
		case KIND.array:
			return 12;
		case KIND.struct:
		case KIND.union:
		case KIND.datasec:
		case KIND_ENUM64:
			return 12 * count;
		case KIND.enum:
		case KIND.funcProto:
			return 8 * count;
		default:
			return 0;
	}
}

/** What a typedef or a qualifier stands for; undefined for void. */
export function resolveType(types: readonly (BtfType | undefined)[], id: number): BtfType | undefined {
	const type = types[id];
	return type && TRANSPARENT.has(type.kind) ? resolveType(types, type.sizeOrType) : type;
}

/** Bytes; 8 for a pointer (BPF is a 64-bit machine), 0 for void. */
export function sizeOf(types: readonly (BtfType | undefined)[], id: number): number {
	const type = resolveType(types, id);
	if (!type) return 0;
	if (type.array) return type.array.length * sizeOf(types, type.array.element);
	const hasSize: readonly number[] = [KIND.int, KIND.struct, KIND.union, KIND.enum, KIND_ENUM64, 16];
	return hasSize.includes(type.kind) ? type.sizeOrType : 8;
}
