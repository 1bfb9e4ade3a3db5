/** One program on one direction of an interface as a filter on its clsact qdisc: for kernels without tcx. */
import { hookOf, makeQdisc, removeEmptyQdisc } from "./clsact-qdisc.ts";
import { filterNote } from "./filter-note.ts";
import { check, EINVAL, ENODEV, ENOENT, TO_ATTACH_FILTERS } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";
import type { Program } from "./object.ts";
import type { Direction, OneWay, Target } from "./target.ts";
import { type Filter, readFilters } from "./tc-filters.ts";

const BPF_TC_F_REPLACE = 1;
const OPTS_SIZE = 32;

/** First at ingress, to see what the client sent; last at egress, to see what leaves. */
const PRIORITY = { ingress: 1, egress: 0xbfff } as const;
const HANDLE = 0x6c62;

/** The kernel keeps so much of a program's name. */
const NAME_BYTES = 15;

export interface ClsactOptions {
	/** Whether to take the place of what an earlier lbscope left, which outlives it. */
	readonly replace: boolean;
	/** Directory for pins that note what was attached; undefined: none. */
	readonly pins?: string | undefined;
}

export function attachClsact(
	target: Target,
	direction: Direction,
	program: Program,
	{ replace, pins }: ClsactOptions,
): OneWay {
	const action = `attach ${program.name} to ${target.name} (${direction})`;
	const hook = hookOf(target, direction);
	const isQdiscNew = makeQdisc(target);
	const note = pins === undefined ? undefined : filterNote(pins, target, direction);
	try {
		refuseTaken(target, direction, action, {
			isOurs: (filter) => isOfLbscope(filter, program.name),
			replace,
		});
		// The note may be of a device that is gone; with a filter of an earlier run on it, it is this one.
		const isQdiscOurs =
			isQdiscNew || (note?.isQdiscOurs() === true && isFilterLeft(target, direction, program.name));
		note?.write(program.fd, isQdiscOurs);
		// In one step: each packet meets the program of before or ours.
		const put = ({ fd }: Program): number => {
			const options = { ...placeOf(direction), prog_fd: fd, flags: BPF_TC_F_REPLACE };
			inNamespace(target.netns, () =>
				check(getLibbpf().bpf_tc_attach(hook, options), action, TO_ATTACH_FILTERS),
			);
			return options.prog_id;
		};
		let programId = put(program);
		const isAttached = () => readFilters(target, direction).some((filter) => filter.programId === programId);
		return {
			kind: "clsact",
			pins: note?.names ?? [],
			isAttached,
			swap(next) {
				// First what may fail without harm: the note is good for both programs, which have the same name.
				note?.write(next.fd, isQdiscOurs);
				programId = put(next);
			},
			detach() {
				if (isAttached()) removeFilter(target, direction);
				if (isQdiscOurs) removeEmptyQdisc(target);
				note?.remove();
			},
			// A filter stays until it is taken off.
			release() {},
		};
	} catch (error) {
		if (isQdiscNew) removeEmptyQdisc(target);
		if (!isFilterLeft(target, direction, program.name)) note?.remove();
		throw error;
	}
}

/** Takes off the filter that a run of lbscope left: its program had this name. */
export function removeLeftFilter(target: Target, direction: Direction, program: string): void {
	if (isFilterLeft(target, direction, program)) removeFilter(target, direction);
}

function isFilterLeft(target: Target, direction: Direction, program: string): boolean {
	return readFilters(target, direction).some(
		(filter) =>
			filter.priority === PRIORITY[direction] && filter.handle === HANDLE && isOfLbscope(filter, program),
	);
}

function placeOf(direction: Direction) {
	return { sz: OPTS_SIZE, prog_id: 0, handle: HANDLE, priority: PRIORITY[direction], _reserved: 0 };
}

/** All filters of a priority are of one kind; what another program put there is not ours to replace. */
function refuseTaken(
	target: Target,
	direction: Direction,
	action: string,
	{ isOurs, replace }: { readonly isOurs: (filter: Filter) => boolean; readonly replace: boolean },
): void {
	const priority = PRIORITY[direction];
	const taken = readFilters(target, direction)
		.filter((filter) => filter.priority === priority)
		.find((filter) => filter.kind !== "bpf" || (filter.handle === HANDLE && !(replace && isOurs(filter))));
	if (!taken) return;
	const whose = isOurs(taken) ? "an lbscope filter" : "another program's filter";
	const what = [taken.kind, taken.name].filter(Boolean).join(" ");
	throw new Error(
		`Cannot ${action}: ${whose} (${what}) is there, ` +
			`expected priority ${priority} with handle 0x${HANDLE.toString(16)} to be free`,
	);
}

/** libbpf names a filter after its program: `ingress_etherne:[123]`. */
function isOfLbscope({ name }: Filter, program: string): boolean {
	return name.startsWith(`${program.slice(0, NAME_BYTES)}:[`);
}

function removeFilter(target: Target, direction: Direction): void {
	const hook = hookOf(target, direction);
	const place = { ...placeOf(direction), prog_fd: 0, flags: 0 };
	const result: number = inNamespace(target.netns, () => getLibbpf().bpf_tc_detach(hook, place));
	const isGone = [ENODEV, ENOENT, EINVAL].includes(-result);
	if (!isGone) check(result, `detach from ${target.name}`, TO_ATTACH_FILTERS);
}
