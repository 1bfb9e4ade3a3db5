import { expect, test } from "vitest";
import { createFairQueue } from "../../src/web/fair-queue.ts";

/** Adds works that note their names when it is their turn. */
function queueOf(...names: string[]) {
	const queue = createFairQueue({ perClient: 2, total: 4 });
	const done: string[] = [];
	const added = names.map((name) => queue.add(name.slice(0, 1), async () => void done.push(name)));
	return { added, done };
}

test("one work after another is done, by turns of the clients", async () => {
	const { added, done } = queueOf("a1", "a2", "a3", "b1");
	await Promise.all(added);
	expect(done).toEqual(["a1", "a2", "b1", "a3"]);
});

test("a client that has as much waiting as it may is refused, and others are not", async () => {
	const { added, done } = queueOf("a1", "a2", "a3", "a4", "b1", "b2");
	expect(added.map((each) => each !== undefined)).toEqual([true, true, true, false, true, true]);
	await Promise.all(added);
	expect(done).toEqual(["a1", "a2", "b1", "a3", "b2"]);
});

test("nobody is taken when all have as much waiting as they may", () => {
	const { added } = queueOf("a1", "b1", "b2", "c1", "d1", "e1");
	expect(added.map((each) => each !== undefined)).toEqual([true, true, true, true, true, false]);
});

test("what fails says so, and the next is done", async () => {
	const queue = createFairQueue({ perClient: 2, total: 4 });
	const failing = queue.add("a", () => Promise.reject(new Error("no thread")));
	const next = queue.add("a", async () => "done");
	await expect(failing).rejects.toThrow("no thread");
	expect(await next).toBe("done");
});
