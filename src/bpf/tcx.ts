/** One program on one direction of an interface by a tcx link (Linux 6.6). */
import { closeSync } from "node:fs";
import { basename } from "node:path";
import { pinPath } from "./attachment-pins.ts";
import { describeLink } from "./describe.ts";
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";
import type { Program } from "./object.ts";
import { adoptLink, detachLink } from "./pinned-link.ts";
import { pin, unpin } from "./pins.ts";
import type { Direction, OneWay, Target } from "./target.ts";
import { TCX_ATTACH_TYPE } from "./tcx-programs.ts";

const BPF_F_BEFORE = 1 << 3;
const BPF_F_AFTER = 1 << 4;
/** First at ingress, to see what the client sent; last at egress, to see what leaves. */
const POSITION = { ingress: BPF_F_BEFORE, egress: BPF_F_AFTER } as const;

/**
 * Without `pins`, a directory, the link lives as long as its file descriptor: a killed exporter leaves nothing behind.
 * With it the link outlives us, and the program on a link that an earlier run left is replaced.
 */
export function attachTcx(
	target: Target,
	direction: Direction,
	program: Program,
	pins?: string | undefined,
): OneWay {
	const swapOn = (fd: number) => (next: Program) => {
		const action = `replace ${program.name} on ${target.name} (${direction})`;
		check(getLibbpf().bpf_link_update(fd, next.fd, null), action);
	};
	if (pins === undefined) {
		const fd = createLink(target, direction, program);
		const close = () => closeSync(fd);
		return {
			kind: "tcx",
			pins: [],
			isAttached: () => isOn(fd),
			swap: swapOn(fd),
			detach: close,
			release: close,
		};
	}
	const path = pinPath(pins, "link", target, direction);
	const fd = adoptLink(path, target, direction, program) ?? createPinned(path, target, direction, program);
	return {
		kind: "tcx",
		pins: [basename(path)],
		isAttached: () => isOn(fd),
		swap: swapOn(fd),
		detach() {
			detachLink(fd);
			unpin(path);
			closeSync(fd);
		},
		release: () => closeSync(fd),
	};
}

function createPinned(path: string, target: Target, direction: Direction, program: Program): number {
	const fd = createLink(target, direction, program);
	try {
		pin(fd, path);
		return fd;
	} catch (error) {
		closeSync(fd);
		throw error;
	}
}

function createLink(target: Target, direction: Direction, program: Program): number {
	const options = { sz: 16, flags: POSITION[direction], _reserved: 0 };
	return inNamespace(target.netns, () =>
		check(
			getLibbpf().bpf_link_create(program.fd, target.index, TCX_ATTACH_TYPE[direction], options),
			`attach ${program.name} to ${target.name} (${direction})`,
		),
	);
}

function isOn(fd: number): boolean {
	return describeLink(fd).ifindex !== 0;
}
