/** Suites that load programs into the kernel. */
import { describe } from "vitest";

const isRoot = process.getuid?.() === 0;

/** Where root is promised, a skip would hide that it is not there: then the suites run, and fail. */
const skipped = !isRoot && process.env.CI === undefined;
if (skipped) console.warn("kernel tests skipped: loading BPF programs needs root");

export function describeInKernel(title: string, suite: () => void): void {
	describe.skipIf(skipped)(`${title} (needs root: loads BPF programs)`, suite);
}
