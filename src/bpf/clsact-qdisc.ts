/** The clsact qdisc of an interface, which filters of both directions are on. */
import { check, EEXIST, TO_ATTACH_FILTERS } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { inNamespace, NoSuchNamespace } from "./netns.ts";
import type { Direction, Target } from "./target.ts";
import { readFilters } from "./tc-filters.ts";

/** enum bpf_tc_attach_point */
const ATTACH_POINT = { ingress: 1, egress: 2 } as const;
const HOOK_SIZE = 24;

/** True when there was none before. */
export function makeQdisc(target: Target): boolean {
	const hook = hookOf(target, "ingress");
	const result: number = inNamespace(target.netns, () => getLibbpf().bpf_tc_hook_create(hook));
	if (result === -EEXIST) return false;
	check(result, `make a clsact qdisc on ${target.name}`, TO_ATTACH_FILTERS);
	return true;
}

/** One that others have put filters on meanwhile stays. */
export function removeEmptyQdisc(target: Target): void {
	if (readFilters(target, "ingress").length + readFilters(target, "egress").length > 0) return;
	const hook = { ...hookOf(target, "ingress"), attach_point: ATTACH_POINT.ingress | ATTACH_POINT.egress };
	try {
		// Its result does not matter: what may be left is an empty qdisc, which does nothing.
		inNamespace(target.netns, () => getLibbpf().bpf_tc_hook_destroy(hook));
	} catch (error) {
		if (!(error instanceof NoSuchNamespace)) throw error;
	}
}

/** struct bpf_tc_hook */
export function hookOf(target: Target, direction: Direction) {
	return { sz: HOOK_SIZE, ifindex: target.index, attach_point: ATTACH_POINT[direction] as number, parent: 0 };
}
