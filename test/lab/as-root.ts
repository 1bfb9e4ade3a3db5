/** Suites that need network namespaces. */
import { describe } from "vitest";

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("lab tests skipped: network namespaces need root");

export function describeAsRoot(title: string, timeoutMs: number, suite: () => void): void {
	describe.skipIf(!isRoot)(title, { timeout: timeoutMs }, suite);
}
