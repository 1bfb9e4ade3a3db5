import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Body } from "../../src/model/body.ts";
import { createPage, createPublication, fixedBody } from "../../src/web/page.ts";
import type { Page } from "../../src/web/scrape.ts";

const text = (body: Body) => Buffer.concat(body.hold().map(({ bytes }) => bytes)).toString();
const page = (...parts: string[]): Page => createPage(parts.map((part) => fixedBody([Buffer.from(part)])));

describe("a page", () => {
	it("is its parts one after another", () => {
		const { plain } = page("a 1\n", "b 2\n");
		expect([text(plain), plain.byteLength]).toEqual(["a 1\nb 2\n", 8]);
	});

	it("has one gzip, which holds nothing once it is made", async () => {
		let held = 0;
		const piece = (bytes: Buffer) => {
			held++;
			return { bytes, release: () => void held-- };
		};
		const pieces = ["a 1\n", "b 2\n"].map((line) => Buffer.from(line));
		const { gzip } = createPage([{ byteLength: 8, hold: () => pieces.map(piece) }]);
		const [one, other] = [gzip(), gzip()];
		expect(other).toBe(one);
		expect(held).toBe(2);
		const zipped = await one;
		expect(held).toBe(0);
		const bytes = Buffer.concat(zipped?.hold().map((each) => each.bytes) ?? []);
		expect(gunzipSync(bytes).toString()).toBe("a 1\nb 2\n");
		expect(bytes).toHaveLength(zipped?.byteLength ?? 0);
	});

	it("has none when it is larger than 16 MiB", () => {
		expect(createPage([fixedBody([Buffer.alloc(16 * 1024 * 1024 + 1)])]).gzip()).toBeUndefined();
	});
});

describe("a publication", () => {
	const made = (page: Page) => Promise.resolve(async () => page);

	it("has no page at first, then a promise of one, then the page", async () => {
		const publication = createPublication();
		expect(publication.page()).toBeUndefined();
		const first = page("a 1\n");
		const published = publication.publish(made(first));
		await expect(publication.page()).resolves.toBe(first);
		await published;
		expect(publication.page()).toBe(first);
	});

	it("makes the page once, for the first who asks", async () => {
		const publication = createPublication();
		const first = page("a 1\n");
		let times = 0;
		await publication.publish(
			Promise.resolve(async () => {
				times++;
				return first;
			}),
		);
		expect(times).toBe(0);
		expect(await Promise.all([publication.page(), publication.page()])).toEqual([first, first]);
		expect(publication.page()).toBe(first);
		expect(times).toBe(1);
	});

	it("gives the next page to who asked for one that was not made before the next began", async () => {
		const publication = createPublication();
		let finish = (_: Page) => {};
		const late = new Promise<Page>((resolve) => {
			finish = resolve;
		});
		await publication.publish(Promise.resolve(() => late));
		const asked = publication.page();
		const second = page("b 2\n");
		const published = publication.publish(made(second));
		finish(page("a 1\n"));
		await expect(asked).resolves.toBe(second);
		await published;
	});

	it("has none when making it failed, and says why to the maker", async () => {
		const publication = createPublication();
		await publication.publish(made(page("a 1\n")));
		const published = publication.publish(Promise.reject(new Error("no memory")));
		await expect(publication.page()).resolves.toBeUndefined();
		await expect(published).rejects.toThrow("no memory");
		expect(publication.page()).toBeUndefined();
	});
});
