/** Tokens that may ask, one per line of a file: several, so that one can be changed while the other still holds. */
import { createHash, timingSafeEqual } from "node:crypto";

/** SHA-256 of each, so that all have one length, and no token is kept. */
export type TokenDigests = readonly Buffer[];

/** What a header can carry (RFC 6750, 2.1), and long enough not to be guessed. */
const TOKEN = /^[\w.~+/-]+=*$/;
const MIN_LENGTH = 16;

/** Empty lines and those that begin with # say nothing. @throws at a line that is no token, without showing it. */
export function parseTokens(text: string, fileName: string): TokenDigests {
	const lines = text.split("\n").map((line) => line.trim());
	const digests = lines.flatMap((line, i) => {
		if (line === "" || line.startsWith("#")) return [];
		const where = `${fileName}:${i + 1}: the line`;
		if (!TOKEN.test(line)) throw new Error(`${where} is no token, expected letters, digits and -._~+/ only`);
		if (line.length < MIN_LENGTH)
			throw new Error(`${where} has ${line.length} characters, expected a token of at least ${MIN_LENGTH}`);
		return [digestOf(line)];
	});
	if (digests.length === 0) throw new Error(`${fileName} has no token, expected one per line`);
	return digests;
}

/** Takes as long whichever it is, or none. */
export function isToken(digests: TokenDigests, given: string): boolean {
	const digest = digestOf(given);
	return digests.reduce((found, each) => timingSafeEqual(each, digest) || found, false);
}

function digestOf(token: string): Buffer {
	return createHash("sha256").update(token).digest();
}
