import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { createLimit } from "../../src/health/limit.ts";

it("runs no more tasks at once than it may, and all of them, failing ones included", async () => {
	const limit = createLimit(3);
	let running = 0;
	let most = 0;
	const task = async (number: number) => {
		most = Math.max(most, ++running);
		await setImmediate();
		running--;
		if (number % 2 === 0) throw new Error("even");
		return number;
	};
	const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => limit(() => task(i))));
	expect(most).toBe(3);
	expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
});
