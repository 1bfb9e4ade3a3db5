/** All tc programs of one direction of an interface, whoever put them there. */
import { closeSync } from "node:fs";
import { basename, join } from "node:path";
import { parsePinName } from "./attachment-pins.ts";
import { describeLink, programName } from "./describe.ts";
import { getLibbpf } from "./libbpf.ts";
import { listPins, openPin } from "./pins.ts";
import type { AttachKind, Direction, Target } from "./target.ts";
import { readFilters } from "./tc-filters.ts";
import { readTcxPrograms } from "./tcx-programs.ts";

export interface RunningProgram {
	readonly by: AttachKind;
	readonly name: string;
	readonly isOurs: boolean;
}

/** `own`: ids of programs that are known to be ours. In the order in which they run: tcx goes before clsact (net/core/dev.c). */
export function readPrograms(
	target: Target,
	direction: Direction,
	own: ReadonlySet<number>,
): RunningProgram[] {
	const links = readTcxPrograms(target, direction).map((id) => {
		const name = nameById(id);
		const isOurs = own.has(id) || (name !== undefined && isOurName(name, direction));
		return { by: "tcx" as const, name: name ?? `program ${id}`, isOurs };
	});
	const filters = readFilters(target, direction)
		// Each priority has a row of its own besides those of its filters.
		.filter(({ handle }) => handle !== 0)
		.sort((a, b) => a.priority - b.priority)
		.map(({ kind, name, priority }) => {
			const text = `${[kind, name].filter(Boolean).join(" ")} at ${priority}`;
			return { by: "clsact" as const, name: text, isOurs: isOurName(name, direction) };
		});
	return [...links, ...filters];
}

/** Those on the links that are pinned in this directory; none for whoever may not look into it. */
export function pinnedPrograms(directory: string): ReadonlySet<number> {
	try {
		return new Set(listPins(directory).map((name) => programOfLink(join(directory, name))));
	} catch {
		return new Set();
	}
}

/** 0 for what is no link any more. */
function programOfLink(path: string): number {
	const fd = parsePinName(basename(path))?.kind === "link" ? openPin(path) : undefined;
	if (fd === undefined) return 0;
	try {
		return describeLink(fd).programId;
	} finally {
		closeSync(fd);
	}
}

/** Of a name the kernel keeps 15 bytes. */
function isOurName(name: string, direction: Direction): boolean {
	const own = [`${direction}_ethernet`.slice(0, 15), `${direction}_ip`];
	return own.some((ours) => name === ours || name.startsWith(`${ours}:[`));
}

/** Undefined without CAP_SYS_ADMIN, which alone opens programs of others. */
function nameById(id: number): string | undefined {
	const fd: number = getLibbpf().bpf_prog_get_fd_by_id(id);
	if (fd < 0) return undefined;
	try {
		return programName(fd);
	} finally {
		closeSync(fd);
	}
}
