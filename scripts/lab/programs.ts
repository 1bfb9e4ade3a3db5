/** Where the traffic programs are, and the Python that runs them. */
import { fileURLToPath } from "node:url";

/** Debian's own: a python3 of a version switcher earlier in PATH takes a quarter of a second to start. */
const PYTHON = "/usr/bin/python3";

/** `-B`: no byte code files beside the sources. */
export function program(name: string, args: readonly string[]): readonly string[] {
	return [PYTHON, "-B", fileURLToPath(new URL(`traffic/${name}`, import.meta.url)), ...args];
}
