/** A command that may take minutes. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ENVIRONMENT } from "../../../scripts/lab/run.ts";

const TIMEOUT_MS = 400_000;

/** Its stdout; @throws with all that it said */
export async function runLong([command = "", ...args]: readonly string[], cwd = "."): Promise<string> {
	const options = { cwd, env: ENVIRONMENT, timeout: TIMEOUT_MS, maxBuffer: 64 << 20 };
	try {
		return (await promisify(execFile)(command, args, options)).stdout;
	} catch (error) {
		const { message, stdout = "", stderr = "" } = error as Error & { stdout?: string; stderr?: string };
		throw new Error(`${message.slice(0, 2000)}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
	}
}
