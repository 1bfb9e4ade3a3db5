/** BTF with one enum in it, behind an int: https://docs.kernel.org/bpf/btf.html */
const KIND_INT = 1;
const KIND_ENUM = 6;
const HEADER = 24;

export function btfOfEnum(name: string, values: Readonly<Record<string, number>>): Buffer {
	let strings = "\0";
	const offsetOf = (text: string) => {
		const offset = strings.length;
		strings += `${text}\0`;
		return offset;
	};
	const int = [offsetOf("unsigned int"), KIND_INT << 24, 4, 32];
	const rows = Object.entries(values).flatMap(([key, value]) => [offsetOf(key), value]);
	const words = [...int, offsetOf(name), (KIND_ENUM << 24) | (rows.length / 2), 4, ...rows];
	const types = Buffer.from(Int32Array.from(words).buffer);
	const header = Buffer.alloc(HEADER);
	header.writeUInt16LE(0xeb9f, 0);
	header.writeUInt8(1, 2);
	for (const [i, word] of [HEADER, 0, types.length, types.length, strings.length].entries()) {
		header.writeUInt32LE(word, 4 + 4 * i);
	}
	return Buffer.concat([header, types, Buffer.from(strings, "latin1")]);
}
