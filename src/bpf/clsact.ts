/** One program on one direction of an interface as a filter on its clsact qdisc: for kernels without tcx. */

import { check, EEXIST, EINVAL, ENODEV, ENOENT } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { inNamespace, NoSuchNamespace } from "./netns.ts";
import type { Program } from "./object.ts";
import type { Attachment, Direction, Target } from "./target.ts";
import { type Filter, readFilters } from "./tc-filters.ts";

/** enum bpf_tc_attach_point */
const ATTACH_POINT = { ingress: 1, egress: 2 } as const;
const BPF_TC_F_REPLACE = 1;
const HOOK_SIZE = 24;
const OPTS_SIZE = 32;

/** First at ingress, to see what the client sent; last at egress, to see what leaves. */
const PRIORITY = { ingress: 1, egress: 0xbfff } as const;
const HANDLE = 0x6c62;

/** The kernel keeps so much of a program's name. */
const NAME_BYTES = 15;

/** `replace`: take the place of what an earlier lbscope left, which outlives it. */
export function attachClsact(
	target: Target,
	direction: Direction,
	program: Program,
	replace: boolean,
): Attachment {
	const action = `attach ${program.name} to ${target.name} (${direction})`;
	const place = { sz: OPTS_SIZE, prog_id: 0, handle: HANDLE, priority: PRIORITY[direction], _reserved: 0 };
	const hook = hookOf(target, ATTACH_POINT[direction]);
	const isQdiscOurs = makeQdisc(target);
	try {
		refuseTaken(target, direction, action, { isOurs: (filter) => isOfLbscope(filter, program), replace });
		const options = { ...place, prog_fd: program.fd, flags: BPF_TC_F_REPLACE };
		inNamespace(target.netns, () => check(getLibbpf().bpf_tc_attach(hook, options), action));
		const isAttached = () =>
			readFilters(target, direction).some(({ programId }) => programId === options.prog_id);
		return {
			kind: "clsact",
			isAttached,
			detach() {
				if (isAttached()) removeFilter(target, hook, { ...place, prog_fd: 0, flags: 0 });
				if (isQdiscOurs) removeEmptyQdisc(target);
			},
		};
	} catch (error) {
		if (isQdiscOurs) removeEmptyQdisc(target);
		throw error;
	}
}

function hookOf(target: Target, attachPoint: number) {
	return { sz: HOOK_SIZE, ifindex: target.index, attach_point: attachPoint, parent: 0 };
}

/** True when there was none before. */
function makeQdisc(target: Target): boolean {
	const hook = hookOf(target, ATTACH_POINT.ingress);
	const result: number = inNamespace(target.netns, () => getLibbpf().bpf_tc_hook_create(hook));
	if (result === -EEXIST) return false;
	check(result, `make a clsact qdisc on ${target.name}`);
	return true;
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
function isOfLbscope({ name }: Filter, program: Program): boolean {
	return name.startsWith(`${program.name.slice(0, NAME_BYTES)}:[`);
}

function removeFilter(target: Target, hook: object, place: object): void {
	const result: number = inNamespace(target.netns, () => getLibbpf().bpf_tc_detach(hook, place));
	const isGone = [ENODEV, ENOENT, EINVAL].includes(-result);
	if (!isGone) check(result, `detach from ${target.name}`);
}

/** One that others have put filters on meanwhile stays. */
function removeEmptyQdisc(target: Target): void {
	if (readFilters(target, "ingress").length + readFilters(target, "egress").length > 0) return;
	const hook = hookOf(target, ATTACH_POINT.ingress | ATTACH_POINT.egress);
	try {
		// Its result does not matter: what may be left is an empty qdisc, which does nothing.
		inNamespace(target.netns, () => getLibbpf().bpf_tc_hook_destroy(hook));
	} catch (error) {
		if (!(error instanceof NoSuchNamespace)) throw error;
	}
}
