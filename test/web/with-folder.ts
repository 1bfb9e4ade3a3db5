/** A folder that goes with the suite: nothing secret is kept. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Inside describe(), or at the top of a file. */
export function withFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "lbscope-web-"));
	afterAll(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}
