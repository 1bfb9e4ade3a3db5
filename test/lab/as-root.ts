/** Suites that need network namespaces. */
import { describe } from "vitest";
import { patient } from "../../scripts/lab/patience.ts";

/** Where root is promised, a skip would hide that it is not there: then the suites run, and fail. */
const skipped = process.getuid?.() !== 0 && process.env.CI === undefined;
if (skipped) console.warn("lab tests skipped: network namespaces need root");

export function describeAsRoot(title: string, timeoutMs: number, suite: () => void): void {
	describe.skipIf(skipped)(title, { timeout: patient(timeoutMs) }, suite);
}
