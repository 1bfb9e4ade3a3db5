import { describe, expect, it } from "vitest";
import { linesOf } from "../../../src/discovery/kubernetes/lines-of.ts";

async function* pieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
	for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length);
}

async function linesIn(text: string, length: number, maxBytes = 1_000): Promise<string[]> {
	const lines: string[] = [];
	for await (const line of linesOf(pieces(Buffer.from(text), length), maxBytes)) lines.push(line);
	return lines;
}

describe("lines", () => {
	it.each([1, 2, 3, 5, 7, 100])("are whole, however they are cut (%i bytes at once)", async (length) => {
		expect(await linesIn("ä\n\n東京 🎉\nlast\n", length)).toEqual(["ä", "東京 🎉", "last"]);
	});

	it("that are cut off at the end are an error, after those before", async () => {
		const lines = linesOf(pieces(Buffer.from("one\ntw"), 100), 1_000);
		expect((await lines.next()).value).toBe("one");
		await expect(lines.next()).rejects.toThrow("the answer ends in the middle of a line");
	});

	it("that never end are an error before they fill the memory", async () => {
		await expect(linesIn("x".repeat(2_000), 100)).rejects.toThrow("a line has more than 1000 bytes");
	});
});
