/** Programs on an interface: tcx links where the kernel has them (6.6), else filters on a clsact qdisc. */
import { closeSync } from "node:fs";
import { check, EEXIST, EINVAL, ENODEV, ENOENT, KernelError } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";
import type { Program } from "./object.ts";

/** enum bpf_attach_type */
const BPF_TCX_INGRESS = 46;
const BPF_TCX_EGRESS = 47;
const BPF_F_BEFORE = 1 << 3;
const BPF_F_AFTER = 1 << 4;

/** enum bpf_tc_attach_point */
const BPF_TC_INGRESS = 1;
const BPF_TC_EGRESS = 2;
const BPF_TC_F_REPLACE = 1;
const HOOK_SIZE = 24;
const OPTS_SIZE = 32;

/** First at ingress, to see what the client sent; last at egress, to see what leaves. */
const HANDLE = 0x6c62;
const PRIORITY = { ingress: 1, egress: 0xbfff } as const;

export type AttachKind = "tcx" | "clsact";
type Direction = "ingress" | "egress";

export interface Attachment {
	readonly kind: AttachKind;
	/** Takes both programs off; a device that is gone has taken them along. */
	detach(): void;
}

export interface Target {
	readonly name: string;
	readonly index: number;
	readonly netns: string | undefined;
}

/** Attaches both programs or none. `kind`: to try only this way. */
export function attach(target: Target, ingress: Program, egress: Program, kind?: AttachKind): Attachment {
	const undo: (() => void)[] = [];
	const attachOne = kind ? ATTACH[kind] : attachAny;
	try {
		const first = attachOne(target, "ingress", ingress);
		undo.push(first.detach);
		const second = attachOne(target, "egress", egress);
		undo.push(second.detach);
		return { kind: first.kind, detach: () => undoAll(undo) };
	} catch (error) {
		undoAll(undo);
		throw error;
	}
}

function undoAll(undo: (() => void)[]): void {
	for (const detach of undo.splice(0)) detach();
}

const ATTACH = { tcx: attachTcx, clsact: attachClsact } as const;

function attachAny(target: Target, direction: Direction, program: Program): Attachment {
	try {
		return attachTcx(target, direction, program);
	} catch (error) {
		// Kernels before 6.6 do not know the attach type.
		if (!(error instanceof KernelError) || error.errno !== EINVAL) throw error;
		return attachClsact(target, direction, program);
	}
}

/** The link lives as long as its file descriptor: a killed exporter leaves nothing behind. */
function attachTcx(target: Target, direction: Direction, program: Program): Attachment {
	const type = direction === "ingress" ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
	const options = { sz: 16, flags: direction === "ingress" ? BPF_F_BEFORE : BPF_F_AFTER, _reserved: 0 };
	const fd = inNamespace(target.netns, () =>
		check(
			getLibbpf().bpf_link_create(program.fd, target.index, type, options),
			`attach ${program.name} to ${target.name} (${direction})`,
		),
	);
	return { kind: "tcx", detach: () => closeSync(fd) };
}

/** Replaces what an earlier lbscope left under the same handle and priority. */
function attachClsact(target: Target, direction: Direction, program: Program): Attachment {
	const lib = getLibbpf();
	const hook = {
		sz: HOOK_SIZE,
		ifindex: target.index,
		attach_point: direction === "ingress" ? BPF_TC_INGRESS : BPF_TC_EGRESS,
		parent: 0,
	};
	const place = { sz: OPTS_SIZE, prog_id: 0, handle: HANDLE, priority: PRIORITY[direction], _reserved: 0 };
	inNamespace(target.netns, () => {
		const created: number = lib.bpf_tc_hook_create(hook);
		if (created !== -EEXIST) check(created, `make a clsact qdisc on ${target.name}`);
		const options = { ...place, prog_fd: program.fd, flags: BPF_TC_F_REPLACE };
		check(lib.bpf_tc_attach(hook, options), `attach ${program.name} to ${target.name} (${direction})`);
	});
	return {
		kind: "clsact",
		detach: () => {
			const result: number = inNamespace(target.netns, () =>
				lib.bpf_tc_detach(hook, { ...place, prog_fd: 0, flags: 0 }),
			);
			const gone = [ENODEV, ENOENT, EINVAL].includes(-result);
			if (!gone) check(result, `detach ${program.name} from ${target.name}`);
		},
	};
}
