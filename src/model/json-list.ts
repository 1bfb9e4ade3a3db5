/**
 * Long lists in JSON, `{"KEY": [...]}`, piece by piece: JSON.parse of 10 MB holds up everything else for half a second.
 */
const PIECE_BYTES = 64 * 1024;
const HEAD_BYTES = 256;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * The elements of the list, some at a time. A list that is null has none.
 * @throws {SyntaxError} when the text is no JSON, or no object with this one property
 */
export function* jsonListPieces(text: Buffer, key: string): Generator<unknown[], void> {
	let start = listStart(text, key);
	if (start === undefined) return;
	let end = pieceEnd(text, start);
	for (; text[end] === COMMA; end = pieceEnd(text, start)) {
		yield parsePiece(text, start, end);
		start = end + 1;
	}
	yield parsePiece(text, start, end);
	const rest = text.toString("utf8", end + 1, end + HEAD_BYTES).trim();
	if (rest !== "}")
		throw new SyntaxError(`the list ${key} is followed by "${rest.slice(0, 20)}", expected }`);
}

/** Behind its bracket; undefined when it is null. */
function listStart(text: Buffer, key: string): number | undefined {
	const head = text.toString("latin1", 0, HEAD_BYTES);
	const [frame] = new RegExp(`^\\s*\\{\\s*"${key}"\\s*:\\s*(\\[|null\\s*\\}\\s*$)`).exec(head) ?? [];
	if (!frame) throw new SyntaxError(`it begins "${head.slice(0, 40)}", expected {"${key}": [`);
	return frame.endsWith("[") ? frame.length : undefined;
}

/** The first comma between elements that is far enough from the start, else the end of the list, else of the text. */
function pieceEnd(text: Buffer, start: number): number {
	let depth = 0;
	for (let at = start; at < text.length; at++) {
		const byte = text[at];
		if (byte === QUOTE) at = endOfString(text, at);
		else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
		else if (byte === CLOSE_LIST && depth === 0) return at;
		else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
		else if (byte === COMMA && depth === 0 && at - start >= PIECE_BYTES) return at;
	}
	return text.length;
}

function endOfString(text: Buffer, start: number): number {
	for (let at = start + 1; at < text.length; at++) {
		if (text[at] === BACKSLASH) at++;
		else if (text[at] === QUOTE) return at;
	}
	return text.length;
}

function parsePiece(text: Buffer, start: number, end: number): unknown[] {
	return JSON.parse(`[${text.toString("utf8", start, end)}]`);
}
