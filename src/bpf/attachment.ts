/** Programs on an interface: tcx links where the kernel has them (6.6), else filters on a clsact qdisc. */
import { attachClsact } from "./clsact.ts";
import { EINVAL, KernelError } from "./kernel-error.ts";
import type { MadeLinks } from "./made-links.ts";
import type { Program } from "./object.ts";
import { makePinDirectory } from "./pins.ts";
import type { AttachKind, BothWays, Direction, OneWay, Target } from "./target.ts";
import { attachTcx } from "./tcx.ts";

export interface AttachOptions {
	/** To try only this way; undefined: the best that the kernel has. */
	readonly kind?: AttachKind | undefined;
	/** Whether a clsact filter of lbscope may be replaced: that of a run which was killed, but not one that runs. */
	readonly replace?: boolean;
	/** Directory on a bpffs for pins, so that the programs can outlive this process; undefined: none. */
	readonly pins?: string | undefined;
	/** Links that are made already, for this interface and these programs. */
	readonly made?: MadeLinks | undefined;
}

type One = (target: Target, direction: Direction, program: Program) => OneWay;

/** Attaches both programs or none. */
export function attach(
	target: Target,
	ingress: Program,
	egress: Program,
	{ kind, replace = true, pins, made }: AttachOptions = {},
): BothWays {
	if (pins !== undefined) makePinDirectory(pins);
	const tcx: One = (...where) => attachTcx(...where, pins, made);
	const clsact: One = (...where) => attachClsact(...where, { replace, pins });
	const attachOne = kind ? { tcx, clsact }[kind] : firstOf(tcx, clsact);
	const first = attachOne(target, "ingress", ingress);
	let current = ingress;
	try {
		const second = attachOne(target, "egress", egress);
		return {
			kind: first.kind,
			pins: [...first.pins, ...second.pins],
			isAttached: () => first.isAttached() && second.isAttached(),
			swap(nextIngress, nextEgress) {
				first.swap(nextIngress);
				try {
					second.swap(nextEgress);
				} catch (error) {
					first.swap(current);
					throw error;
				}
				current = nextIngress;
			},
			// In this order: the first one may have made the qdisc that both are on.
			detach: () => inOrder([second.detach, first.detach]),
			release: () => inOrder([second.release, first.release]),
		};
	} catch (error) {
		first.detach();
		throw error;
	}
}

function firstOf(tcx: One, clsact: One): One {
	return (target, direction, program) => {
		try {
			return tcx(target, direction, program);
		} catch (error) {
			// Kernels before 6.6 do not know the attach type.
			if (!(error instanceof KernelError) || error.errno !== EINVAL) throw error;
			return clsact(target, direction, program);
		}
	};
}

/** One that fails does not keep the others from being done. */
function inOrder(actions: readonly (() => void)[]): void {
	const [next, ...rest] = actions;
	try {
		next?.();
	} finally {
		if (rest.length > 0) inOrder(rest);
	}
}
