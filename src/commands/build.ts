/** What this program is and runs on. */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { getLibbpf } from "../bpf/libbpf.ts";
import type { Build } from "../model/snapshot.ts";

export function readVersion(): string {
	return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

export function readBuild(): Build {
	return {
		version: readVersion(),
		nodeVersion: process.version,
		libbpfVersion: getLibbpf().libbpf_version_string(),
		kernel: release(),
	};
}
