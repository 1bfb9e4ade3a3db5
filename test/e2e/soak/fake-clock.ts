/**
 * A clock of the day for one process, set at any moment. As with `date -s` the monotonic clock goes on; libfaketime
 * stands between the process and the C library.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface FakeClock {
	/** Runs a command with this clock. */
	readonly under: readonly string[];
	/** From the true time, in seconds. Takes effect within a second. */
	set(offsetSeconds: number): void;
	/** What libfaketime keeps in memory for a process, and removes itself only when that ends in order. */
	forget(pid: number): void;
	remove(): void;
}

export function makeClock(): FakeClock {
	const directory = mkdtempSync(join(tmpdir(), "lbscope-soak-clock-"));
	const file = join(directory, "offset");
	const set = (offsetSeconds: number) =>
		writeFileSync(file, `${offsetSeconds < 0 ? "" : "+"}${offsetSeconds}\n`);
	set(0);
	const variables = {
		LD_PRELOAD: findLibrary(),
		FAKETIME_TIMESTAMP_FILE: file,
		FAKETIME_DONT_FAKE_MONOTONIC: "1",
		FAKETIME_CACHE_DURATION: "1",
	};
	return {
		under: ["env", ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)],
		set,
		forget(pid) {
			for (const name of ["faketime_shm", "sem.faketime_sem"]) {
				rmSync(`/dev/shm/${name}_${pid}`, { force: true });
			}
		},
		remove: () => rmSync(directory, { recursive: true }),
	};
}

/** Debian keeps it in the folder of the architecture; the one for programs with threads. */
function findLibrary(): string {
	const found = readdirSync("/usr/lib")
		.map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`)
		.find((path) => existsSync(path));
	if (!found) throw new Error("Cannot fake the clock: there is no libfaketime, expected Debian's package");
	return found;
}
