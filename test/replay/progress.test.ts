import { expect, test } from "vitest";
import { createProgress } from "../../src/replay/progress.ts";
import { withFile } from "./read-capture.ts";

const MIB = 1 << 20;
const CLEAR = "\r\x1b[K";

function drawn(isTTY: boolean, offsets: readonly number[]): string[] {
	const written: string[] = [];
	let nowMs = 0;
	withFile(Buffer.alloc(4 * MIB), (fd) => {
		const terminal = { isTTY, columns: 50, write: (text: string) => written.push(text) };
		const progress = createProgress(fd, terminal, () => nowMs);
		for (const offset of offsets) {
			progress.at(offset);
			nowMs += 60;
		}
		progress.end();
	});
	return written;
}

test("a terminal sees how much is done, ten times a second at most, and nothing of it in the end", () => {
	expect(drawn(true, [MIB, 2 * MIB, 3 * MIB])).toEqual([
		`${CLEAR}[#####...............] 25 %  1 MiB`,
		`${CLEAR}[###############.....] 75 %  3 MiB`,
		CLEAR,
	]);
});

test("what is no terminal sees nothing", () => {
	expect(drawn(false, [MIB, 2 * MIB])).toEqual([]);
});
