import { expect, it } from "vitest";
import { readBody } from "../../src/discovery/read-body.ts";

async function* pieces(text: string): AsyncGenerator<Buffer> {
	const bytes = Buffer.from(text);
	for (let i = 0; i < bytes.length; i++) yield bytes.subarray(i, i + 1);
}

it("is put together before it is decoded", async () => {
	expect(String(await readBody(pieces("東京"), 6))).toBe("東京");
});

it("is an error when it is too long", async () => {
	await expect(readBody(pieces("東京"), 5)).rejects.toThrow("the answer has more than 5 bytes");
});
