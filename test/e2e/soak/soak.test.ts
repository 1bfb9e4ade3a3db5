/**
 * Faults at random amid traffic, for SOAK_MINUTES (5 unless told): see docs/reliability.md. SOAK_SEED gives the faults of
 * an earlier run again.
 */
import { expect, test } from "vitest";
import { describeAsRoot } from "../../lab/as-root.ts";
import { runSoak } from "./run-soak.ts";

const MINUTES = numberOf("SOAK_MINUTES") ?? 5;
const SEED = numberOf("SOAK_SEED") ?? Math.floor(Math.random() * 2 ** 32);

describeAsRoot("a soak", (MINUTES + 4) * 60_000, () => {
	test("loses no count, grows in nothing and says nothing that no fault explains", async () => {
		const { pages, faults } = await runSoak(MINUTES, SEED);
		expect(faults).toBeGreaterThan(0);
		expect(pages).toBeGreaterThan(0);
	});
});

function numberOf(variable: string): number | undefined {
	const text = process.env[variable];
	if (text === undefined || text === "") return undefined;
	const number = Number(text);
	if (number >= 0) return number;
	throw new Error(`Cannot soak: ${variable} is ${text}, expected a number`);
}
