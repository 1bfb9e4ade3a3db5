/**
 * How many instructions each program of a BPF object has, with the functions that it reaches: as the loader will put
 * them together. Read off the file, so it needs no rights.
 */
import { type Elf, type ElfSymbol, readElf, relocationsOf } from "./elf.ts";

const INSTRUCTION_BYTES = 8;
const CALL = 0x85;
/** Registers of a call to another BPF function; helpers are called with 0. */
const PSEUDO_CALL = 0x10;
/** Load of 64 bits: of the address of a callback, where code is named. */
const LOAD_64 = 0x18;
/** Holds what programs call; every other section of code holds programs. */
const CALLED_SECTION = ".text";

interface Reference {
	readonly from: Place;
	readonly to: Place;
}

interface Place {
	readonly section: number;
	readonly offset: number;
}

/** By name of the program. */
export function programSizes(path: string): ReadonlyMap<string, number> {
	const elf = readElf(path);
	const functions = elf.symbols.filter(({ isFunction }) => isFunction);
	const programs = functions.filter(({ section }) => elf.sections[section]?.name !== CALLED_SECTION);
	const references = elf.sections.flatMap((_, section) => referencesIn(elf, section));
	return new Map(
		programs.map((program) => [program.name, countInstructions(reachedFrom(program, functions, references))]),
	);
}

function countInstructions(functions: Iterable<ElfSymbol>): number {
	return [...functions].reduce((sum, { size }) => sum + size / INSTRUCTION_BYTES, 0);
}

function reachedFrom(
	program: ElfSymbol,
	functions: readonly ElfSymbol[],
	references: readonly Reference[],
): Set<ElfSymbol> {
	const reached = new Set([program]);
	for (const caller of reached) {
		for (const { to } of references.filter(({ from }) => holds(caller, from))) {
			const called = functions.find((each) => holds(each, to));
			if (!called) throw new Error(`Cannot size ${program.name}: ${caller.name} calls what is no function`);
			reached.add(called);
		}
	}
	return reached;
}

function holds(symbol: ElfSymbol, { section, offset }: Place): boolean {
	return section === symbol.section && offset >= symbol.offset && offset < symbol.offset + symbol.size;
}

function referencesIn(elf: Elf, section: number): Reference[] {
	const { isCode, bytes } = elf.sections[section] ?? {};
	if (!isCode || !bytes) return [];
	const named = relocationsOf(elf, section);
	const count = bytes.length / INSTRUCTION_BYTES;
	const offsets = Array.from({ length: count }, (_, i) => i * INSTRUCTION_BYTES);
	return offsets.flatMap((offset) => {
		const from = { section, offset };
		const to = referenceOf(bytes.subarray(offset), from, named.get(offset), elf);
		return to ? [{ from, to }] : [];
	});
}

/** A call without a relocation stays in its section. */
function referenceOf(
	instruction: Buffer,
	from: Place,
	symbol: ElfSymbol | undefined,
	{ sections }: Elf,
): Place | undefined {
	const [code, registers] = instruction;
	const immediate = instruction.readInt32LE(4);
	if (code === CALL && registers === PSEUDO_CALL) {
		const base = symbol ?? from;
		return { section: base.section, offset: base.offset + (immediate + 1) * INSTRUCTION_BYTES };
	}
	if (code !== LOAD_64 || !symbol || !sections[symbol.section]?.isCode) return undefined;
	return { section: symbol.section, offset: symbol.offset + immediate };
}
