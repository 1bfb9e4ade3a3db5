/** A struct with the fields of the structs within it, each under the path that C would call it by. */
import { type BtfField, type BtfStruct, type BtfType, readTypes, resolveType, sizeOf } from "./btf.ts";

type Types = readonly (BtfType | undefined)[];

/** The struct of this type id: "pb.bytes", "nxfrms[3].nat_flags", and what is in an anonymous union as if it were outside. */
export function flatStruct(data: Buffer, id: number): BtfStruct {
	const types = readTypes(data);
	return { name: resolveType(types, id)?.name ?? "", size: sizeOf(types, id), fields: fieldsOf(types, id) };
}

function fieldsOf(types: Types, id: number, prefix = "", start = 0): BtfField[] {
	const members = resolveType(types, id)?.members ?? [];
	return members.flatMap(({ name, type, bitOffset }) => {
		const offset = start + bitOffset / 8;
		if (name === "") return fieldsOf(types, type, prefix, offset);
		const path = prefix + name;
		return [{ name: path, offset, size: sizeOf(types, type) }, ...within(types, type, path, offset)];
	});
}

function within(types: Types, id: number, path: string, start: number): BtfField[] {
	const { array } = resolveType(types, id) ?? {};
	if (!array) return fieldsOf(types, id, `${path}.`, start);
	const stride = sizeOf(types, array.element);
	return Array.from({ length: array.length }, (_, i) =>
		fieldsOf(types, array.element, `${path}[${i}].`, start + i * stride),
	).flat();
}
