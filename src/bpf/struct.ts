/**
 * Fields of a C struct bound to their offsets. TypeScript lists the fields and widths that it needs; binding gives their
 * offsets, or an error that names struct and field.
 */
import type { BtfStruct } from "./btf.ts";

/**
 * From `address` on these are the structs of bpf/flow.h with such names; `name` is its text alone, NAME_BYTES. `below_256`
 * has another width in each release of another program: its first byte says all, on a little-endian machine. `be16` and
 * `be32x4` are in network byte order though they are declared as plain integers.
 */
const FIELD_BYTES = {
	u8: 1,
	u16: 2,
	u32: 4,
	u64: 8,
	s64: 8,
	below_256: undefined,
	be16: 2,
	be32x4: 16,
	mac: 6,
	address: 16,
	traffic: 16,
	flow_key: 40,
	flow: 80,
	note: 24,
	pair_key: 40,
	ledger_key: 28,
	name: 512,
	cb: 20,
} as const;
export type FieldType = keyof typeof FIELD_BYTES;

export type FieldList = Readonly<Record<string, FieldType>>;

/** `size` of the struct and the offset of each listed field, in bytes. */
export type Layout<Fields extends FieldList> = { readonly size: number } & {
	readonly [Name in keyof Fields]: number;
};

export function bindStruct<const Fields extends FieldList>(
	structs: ReadonlyMap<string, BtfStruct>,
	structName: string,
	fields: Fields,
): Layout<Fields> {
	const struct = structs.get(structName);
	if (!struct) throw new Error(`Cannot bind struct ${structName}: it is not in the BTF`);
	return bindFields(struct, fields);
}

export function bindFields<const Fields extends FieldList>(
	struct: BtfStruct,
	fields: Fields,
): Layout<Fields> {
	const offsets = Object.entries(fields).map(([name, type]) => [
		name,
		offsetOf(struct, name, FIELD_BYTES[type]),
	]);
	return { size: struct.size, ...Object.fromEntries(offsets) };
}

function offsetOf(struct: BtfStruct, name: string, bytes: number | undefined): number {
	const field = struct.fields.find((candidate) => candidate.name === name);
	if (!field) throw new Error(`Cannot bind struct ${struct.name}: it has no field ${name}`);
	if (bytes !== undefined && field.size !== bytes) {
		throw new Error(`Cannot bind struct ${struct.name}: ${name} has ${field.size} bytes, expected ${bytes}`);
	}
	return field.offset;
}

/** A u64 as a number: exact up to 2^53, and the page is float64 anyway. */
export function readU64(buffer: Buffer, offset: number): number {
	return buffer.readUInt32LE(offset + 4) * 2 ** 32 + buffer.readUInt32LE(offset);
}

export function readS64(buffer: Buffer, offset: number): number {
	return buffer.readInt32LE(offset + 4) * 2 ** 32 + buffer.readUInt32LE(offset);
}

export function writeU64(buffer: Buffer, value: number, offset: number): void {
	buffer.writeUInt32LE(value >>> 0, offset);
	buffer.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4);
}
