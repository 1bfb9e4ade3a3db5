/** As much of an ELF file (64 bits, little-endian) as it takes to see which code names which. */
import { readFileSync } from "node:fs";

const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 16;
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHT_REL = 9;
const SHF_EXECINSTR = 4;
const STT_FUNC = 2;

export interface Elf {
	readonly sections: readonly Section[];
	readonly symbols: readonly ElfSymbol[];
}

export interface Section {
	readonly name: string;
	readonly type: number;
	readonly isCode: boolean;
	readonly bytes: Buffer;
	/** Number of the section with the names of its symbols. */
	readonly link: number;
	/** Of a relocation section: number of the section that it relocates. */
	readonly target: number;
}

export interface ElfSymbol {
	readonly name: string;
	readonly isFunction: boolean;
	/** Number of its section. */
	readonly section: number;
	/** Bytes from the begin of its section. */
	readonly offset: number;
	readonly size: number;
}

export function readElf(path: string): Elf {
	const sections = sectionsOf(readFileSync(path));
	const table = sections.find(({ type }) => type === SHT_SYMTAB);
	const names = table && sections[table.link]?.bytes;
	if (!names) throw new Error(`Cannot read ${path}: it has no symbols`);
	return { sections, symbols: rowsOf(table.bytes, SYMBOL_BYTES).map((row) => symbolOf(row, names)) };
}

/** What the relocations of a section name, by the place in it. */
export function relocationsOf({ sections, symbols }: Elf, target: number): ReadonlyMap<number, ElfSymbol> {
	const table = sections.find((section) => section.type === SHT_REL && section.target === target);
	const rows = table ? rowsOf(table.bytes, RELOCATION_BYTES) : [];
	return new Map(
		rows.flatMap((row) => {
			const symbol = symbols[row.readUInt32LE(12)];
			return symbol ? [[Number(row.readBigUInt64LE(0)), symbol]] : [];
		}),
	);
}

function sectionsOf(file: Buffer): Section[] {
	const at = Number(file.readBigUInt64LE(40));
	const count = file.readUInt16LE(60);
	const headers = rowsOf(file.subarray(at, at + count * SECTION_HEADER_BYTES), SECTION_HEADER_BYTES);
	const names = contentOf(file, headers[file.readUInt16LE(62)]);
	return headers.map((header) => ({
		name: textAt(names, header.readUInt32LE(0)),
		type: header.readUInt32LE(4),
		isCode: (header.readUInt32LE(8) & SHF_EXECINSTR) !== 0,
		bytes: contentOf(file, header),
		link: header.readUInt32LE(40),
		target: header.readUInt32LE(44),
	}));
}

function contentOf(file: Buffer, header: Buffer | undefined): Buffer {
	if (!header || header.readUInt32LE(4) === SHT_NOBITS) return Buffer.alloc(0);
	const start = Number(header.readBigUInt64LE(24));
	return file.subarray(start, start + Number(header.readBigUInt64LE(32)));
}

function symbolOf(row: Buffer, names: Buffer): ElfSymbol {
	return {
		name: textAt(names, row.readUInt32LE(0)),
		isFunction: (row.readUInt8(4) & 0xf) === STT_FUNC,
		section: row.readUInt16LE(6),
		offset: Number(row.readBigUInt64LE(8)),
		size: Number(row.readBigUInt64LE(16)),
	};
}

function rowsOf(table: Buffer, bytes: number): Buffer[] {
	const count = table.length / bytes;
	return Array.from({ length: count }, (_, i) => table.subarray(i * bytes, (i + 1) * bytes));
}

function textAt(names: Buffer, start: number): string {
	return names.toString("utf8", start, names.indexOf(0, start));
}
