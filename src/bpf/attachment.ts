/** Programs on an interface: tcx links where the kernel has them (6.6), else filters on a clsact qdisc. */
import { attachClsact } from "./clsact.ts";
import { EINVAL, KernelError } from "./kernel-error.ts";
import type { Program } from "./object.ts";
import type { AttachKind, Attachment, Direction, Target } from "./target.ts";
import { attachTcx } from "./tcx.ts";

export interface AttachOptions {
	/** To try only this way; undefined: the best that the kernel has. */
	readonly kind?: AttachKind | undefined;
	/** Whether a clsact filter of lbscope may be replaced: that of a run which was killed, but not one that runs. */
	readonly replace?: boolean;
}

/** Attaches both programs or none. */
export function attach(
	target: Target,
	ingress: Program,
	egress: Program,
	{ kind, replace = true }: AttachOptions = {},
): Attachment {
	const attachOne = kind ? ATTACH[kind] : attachAny;
	const first = attachOne(target, "ingress", ingress, replace);
	try {
		const second = attachOne(target, "egress", egress, replace);
		return {
			kind: first.kind,
			isAttached: () => first.isAttached() && second.isAttached(),
			// In this order: the first one may have made the qdisc that both are on.
			detach: () => detachAll([second, first]),
		};
	} catch (error) {
		first.detach();
		throw error;
	}
}

const ATTACH = { tcx: attachTcx, clsact: attachClsact } as const;

function attachAny(target: Target, direction: Direction, program: Program, replace: boolean): Attachment {
	try {
		return attachTcx(target, direction, program);
	} catch (error) {
		// Kernels before 6.6 do not know the attach type.
		if (!(error instanceof KernelError) || error.errno !== EINVAL) throw error;
		return attachClsact(target, direction, program, replace);
	}
}

/** One that fails does not keep the others on. */
function detachAll(attachments: readonly Attachment[]): void {
	const [next, ...rest] = attachments;
	try {
		next?.detach();
	} finally {
		if (rest.length > 0) detachAll(rest);
	}
}
