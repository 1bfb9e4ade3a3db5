/** The whole body of an answer, which may have none. @throws when it is longer than it may be */
export async function readBody(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<Buffer> {
	const all: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of body ?? []) {
		all.push(chunk);
		length += chunk.length;
		if (length > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
	}
	return Buffer.concat(all);
}
