/** The tcx hooks of an interface (Linux 6.6). */
import { EINVAL } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";
import type { Direction, Target } from "./target.ts";

/** enum bpf_attach_type */
export const TCX_ATTACH_TYPE = { ingress: 46, egress: 47 } as const;
/** BPF_MPROG_MAX: so many programs a hook takes. */
const MAX_PROGRAMS = 64;

/** Index of the loopback device in every network namespace. */
const LOOPBACK = 1;

/** Whether the kernel knows tcx; without CAP_NET_ADMIN it does not tell, and true is a guess. */
export function hasTcx(): boolean {
	const ids = Buffer.alloc(4 * MAX_PROGRAMS);
	const { ingress } = TCX_ATTACH_TYPE;
	return getLibbpf().bpf_prog_query(LOOPBACK, ingress, 0, null, ids, [MAX_PROGRAMS]) !== -EINVAL;
}

/** Ids of whatever is attached, in the order in which they run; none when the device is gone. */
export function readTcxPrograms(target: Target, direction: Direction): number[] {
	const ids = Buffer.alloc(4 * MAX_PROGRAMS);
	const count = [MAX_PROGRAMS];
	const result: number = inNamespace(target.netns, () =>
		getLibbpf().bpf_prog_query(target.index, TCX_ATTACH_TYPE[direction], 0, null, ids, count),
	);
	if (result < 0) return [];
	return Array.from({ length: count[0] ?? 0 }, (_, i) => ids.readUInt32LE(4 * i));
}

const BPF_F_BEFORE = 1 << 3;
const BPF_F_AFTER = 1 << 4;

/** First at ingress, to see what the client sent; last at egress, to see what leaves. */
export const LINK_OPTIONS = {
	ingress: { sz: 16, flags: BPF_F_BEFORE, _reserved: 0 },
	egress: { sz: 16, flags: BPF_F_AFTER, _reserved: 0 },
} as const;
