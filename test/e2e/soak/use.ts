/** Memory and file descriptors of a process while it lives, and whether they grow. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";

interface Sample {
	readonly atMs: number;
	readonly rssBytes: number;
	readonly descriptors: number;
}

export interface Use {
	sample(): void;
	/** Since then, at the start and at the end: medians of a third of the samples each. */
	thirds(sinceMs: number): { readonly first: Figures; readonly last: Figures; readonly samples: number };
}

export interface Figures {
	readonly rssBytes: number;
	readonly descriptors: number;
}

export function createUse(pid: number): Use {
	const samples: Sample[] = [];
	return {
		sample() {
			samples.push({
				atMs: performance.now(),
				rssBytes: rssOf(pid),
				descriptors: readdirSync(`/proc/${pid}/fd`).length,
			});
		},
		thirds(sinceMs) {
			const warm = samples.filter(({ atMs }) => atMs >= sinceMs);
			const third = Math.floor(warm.length / 3);
			if (third === 0) throw new Error(`Cannot compare ${warm.length} samples, expected 3 at least`);
			const first = figuresOf(warm.slice(0, third));
			return { first, last: figuresOf(warm.slice(-third)), samples: warm.length };
		},
	};
}

/** Maps that were found, and not made, at the last reload are held by 20 descriptors more. */
export function expectFlat(first: Figures, last: Figures): void {
	expect(last.rssBytes, "RSS").toBeLessThan(first.rssBytes * 1.25 + (16 << 20));
	expect(last.descriptors, "file descriptors").toBeLessThan(first.descriptors + 25);
}

function rssOf(pid: number): number {
	const [, kib = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
	return Number(kib) * 1024;
}

function figuresOf(samples: readonly Sample[]): Figures {
	return {
		rssBytes: median(samples.map(({ rssBytes }) => rssBytes)),
		descriptors: median(samples.map(({ descriptors }) => descriptors)),
	};
}

function median(numbers: readonly number[]): number {
	const ordered = [...numbers].sort((a, b) => a - b);
	return ordered[Math.floor(ordered.length / 2)] ?? 0;
}
