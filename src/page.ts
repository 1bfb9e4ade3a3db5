/** What every scraper gets until the next poll: one immutable text, and its gzip made once. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Page } from "./server.ts";

/** Level 1: higher ones cost several times as long for a tenth less. */
const GZIP_LEVEL = 1;

/** The parts one after another, each a whole number of families. */
export async function makePage(parts: readonly Buffer[]): Promise<Page> {
	const text = Buffer.concat(parts);
	return { text, gzip: await promisify(gzip)(text, { level: GZIP_LEVEL }) };
}
