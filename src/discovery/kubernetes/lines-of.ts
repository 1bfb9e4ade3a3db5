import { setImmediate as loopTurn } from "node:timers/promises";

const LINE_END = 0x0a;

/**
 * The lines of an answer as they come. Cut before they are decoded, so that no character is torn. Empty lines are left out.
 * @throws when a line is cut off, or longer than it may be
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
	let begun: Buffer[] = [];
	let length = 0;
	for await (const chunk of chunks) {
		let start = 0;
		for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, start)) {
			const line = Buffer.concat([...begun, chunk.subarray(start, end)]).toString();
			begun = [];
			length = 0;
			start = end + 1;
			if (line !== "") yield line;
		}
		begun.push(chunk.subarray(start));
		length += chunk.length - start;
		if (length > maxBytes) throw new Error(`a line has more than ${maxBytes} bytes`);
		// Chunks that are there already would be read one after another before anything else has its turn.
		await loopTurn();
	}
	if (length > 0) throw new Error("the answer ends in the middle of a line");
}
