/** A kernel of another Debian release, booted over this machine's files: see scripts/kernels. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ENVIRONMENT } from "../../../scripts/lab/run.ts";
import { FETCH_MS } from "./selection.ts";

const SCRIPTS = fileURLToPath(new URL("../../../scripts/kernels/", import.meta.url));
const CONSOLE_TAIL = 30_000;

export interface GuestRun {
	/** The end of what the kernel and the command said. */
	readonly console: string;
	/** What the command wrote to /run/share/report, as far as it came. */
	readonly report: string;
}

/** The folder of the release's kernel, unpacked. */
export async function fetchKernel(release: string): Promise<string> {
	const { stdout } = await promisify(execFile)(join(SCRIPTS, "fetch.sh"), [release], {
		env: ENVIRONMENT,
		timeout: FETCH_MS,
	});
	return stdout.trim();
}

/** Runs a shell command in the kernel; whatever becomes of it, the guest is gone after `timeoutMs`, or the signal. */
export async function runInGuest(
	kernel: string,
	command: string,
	timeoutMs: number,
	signal: AbortSignal,
): Promise<GuestRun> {
	const share = await mkdtemp(join(tmpdir(), "lbscope-guest-"));
	try {
		await writeFile(join(share, "command"), command);
		const console = await boot(kernel, share, timeoutMs, signal);
		return { console: console.slice(-CONSOLE_TAIL), report: await readIfThere(join(share, "report")) };
	} finally {
		await rm(share, { recursive: true, force: true });
	}
}

/** The guest's console, with what became of it in the last line when that was not its own power-off. */
function boot(kernel: string, share: string, timeoutMs: number, signal: AbortSignal): Promise<string> {
	const options = {
		env: ENVIRONMENT,
		signal,
		timeout: timeoutMs,
		killSignal: "SIGKILL",
		maxBuffer: 64 << 20,
	} as const;
	return new Promise((resolve) => {
		execFile(join(SCRIPTS, "boot.sh"), [kernel, share], options, (error, stdout, stderr) => {
			const end = error
				? `\n${stderr}\n${error.killed ? `killed after ${timeoutMs} ms` : error.message}`
				: "";
			resolve(`${stdout}${end}`);
		});
	});
}

async function readIfThere(path: string): Promise<string> {
	return await readFile(path, "utf8").catch(() => "");
}
