/** A progress bar, where somebody sees it. */
import { fstatSync } from "node:fs";

export interface Progress {
	/** Bytes of the file that are done. */
	readonly at: (offset: number) => void;
	/** Takes the bar away. */
	end(): void;
}

interface Terminal {
	readonly isTTY?: boolean;
	readonly columns?: number;
	write(text: string): unknown;
}

const MS_BETWEEN = 100;
const MOST_CELLS = 40;
const MIB = 1 << 20;
const CLEAR_LINE = "\r\x1b[K";

/** Of a pipe the size is not known: the bar is the number of bytes alone. */
export function createProgress(fd: number, terminal: Terminal, now = () => performance.now()): Progress {
	if (!terminal.isTTY) return { at() {}, end() {} };
	const { size } = fstatSync(fd);
	let drawnMs = Number.NEGATIVE_INFINITY;
	let isShown = false;
	return {
		at(offset) {
			if (now() - drawnMs < MS_BETWEEN) return;
			drawnMs = now();
			isShown = true;
			terminal.write(`${CLEAR_LINE}${lineOf(offset, size, terminal.columns ?? 80)}`);
		},
		end() {
			if (isShown) terminal.write(CLEAR_LINE);
			isShown = false;
		},
	};
}

function lineOf(offset: number, size: number, columns: number): string {
	const read = `${Math.floor(offset / MIB)} MiB`;
	if (size === 0) return read;
	const done = Math.min(1, offset / size);
	const cells = Math.max(0, Math.min(MOST_CELLS, columns - 30));
	const bar = "#".repeat(Math.floor(done * cells)).padEnd(cells, ".");
	return `[${bar}] ${Math.floor(done * 100)} %  ${read}`;
}
