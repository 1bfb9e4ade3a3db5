/** What every scraper gets until the next poll: one text, and its gzip made once. */
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Body } from "../model/body.ts";
import type { Page } from "./scrape.ts";

/** Level 1: higher ones cost several times as long for a tenth less. */
const GZIP = { level: 1, chunkSize: 256 * 1024 };

/**
 * Larger pages are sent plain although gzip is accepted, which only permits it. Gzip takes 4.5 ms of CPU for each MB of a
 * page, and its reader about as much again; sending takes 0.4 ms. Of 150,000 series (16 MiB) that is 75 ms, of two million
 * (218 MB) a second at each poll.
 */
const MOST_GZIPPED_BYTES = 16 * 1024 * 1024;

/** The parts one after another, each a whole number of families. */
export function createPage(parts: readonly Body[]): Page {
	const plain: Body = {
		byteLength: parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
		hold: () => parts.flatMap((part) => part.hold()),
	};
	let zipped: Promise<Body> | undefined;
	return {
		plain,
		gzip() {
			if (plain.byteLength > MOST_GZIPPED_BYTES) return undefined;
			zipped ??= zip(plain);
			return zipped;
		},
	};
}

/** Bytes that nobody writes again. */
export function fixedBody(pieces: readonly Uint8Array[]): Body {
	return {
		byteLength: pieces.reduce((sum, { length }) => sum + length, 0),
		hold: () => pieces.map((bytes) => ({ bytes, release() {} })),
	};
}

/** Belongs to the page and not to the scrape that wanted it first, which may be gone before it is done. */
async function zip(plain: Body): Promise<Body> {
	const held = plain.hold();
	const zipped: Buffer[] = [];
	try {
		await pipeline(
			held.map(({ bytes }) => bytes),
			createGzip(GZIP),
			async (parts: AsyncIterable<Buffer>) => {
				for await (const part of parts) zipped.push(part);
			},
		);
	} finally {
		for (const piece of held) piece.release();
	}
	return fixedBody(zipped);
}

/** Called once at most, and only when somebody asks for the page: with polls more frequent than scrapes, most are for nobody. */
export type MakePage = () => Promise<Page>;

type Given = Page | undefined | Promise<Page | undefined>;

export interface Publication {
	/** Undefined until the first page; a promise while the next one is being made. */
	page(): Given;
	/** There is no page when it fails: what is left of the one before may be half of the new one. */
	publish(making: Promise<MakePage>): Promise<void>;
}

export function createPublication(): Publication {
	let newest: () => Given = () => undefined;
	function page(): Given {
		const asked = newest;
		const given = asked();
		// Of a page that another has followed meanwhile nothing can be held any more.
		return given instanceof Promise ? given.then((made) => (asked === newest ? made : page())) : given;
	}
	return {
		page,
		async publish(making) {
			const next = making.then(whenAsked, () => () => undefined);
			newest = () => next.then((made) => made());
			newest = await next;
			await making;
		},
	};
}

function whenAsked(make: MakePage): () => Given {
	let page: Given;
	return () => {
		page ??= make().then((made) => {
			page = made;
			return made;
		});
		return page;
	};
}
