/** The built program as it starts where it is installed: with the options of Node.js that its first line names. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export function exporterCommand(): string[] {
	const [, options = ""] = /^#!.* node (.*)$/m.exec(readFileSync(PROGRAM, "utf8")) ?? [];
	return [process.execPath, ...options.split(" ").filter((option) => option !== ""), PROGRAM];
}
