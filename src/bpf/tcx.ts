/** One program on one direction of an interface by a tcx link (Linux 6.6). */
import { closeSync } from "node:fs";
import { basename } from "node:path";
import { pinPath } from "./attachment-pins.ts";
import { describeLink } from "./describe.ts";
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import type { MadeLinks } from "./made-links.ts";
import { inNamespace } from "./netns.ts";
import type { Program } from "./object.ts";
import { adoptLink, detachLink } from "./pinned-link.ts";
import { pin, unpin } from "./pins.ts";
import type { Direction, OneWay, Target } from "./target.ts";
import { LINK_OPTIONS, TCX_ATTACH_TYPE } from "./tcx-programs.ts";

/**
 * Without `pins`, a directory, the link lives as long as its file descriptor: a killed exporter leaves nothing behind.
 * With it the link outlives us, and the program on a link that an earlier run left is replaced.
 */
export function attachTcx(
	target: Target,
	direction: Direction,
	program: Program,
	pins?: string | undefined,
	made?: MadeLinks | undefined,
): OneWay {
	const create = () => made?.take(direction) ?? createLink(target, direction, program);
	const swapOn = (fd: number) => (next: Program) => {
		const action = `replace ${program.name} on ${target.name} (${direction})`;
		check(getLibbpf().bpf_link_update(fd, next.fd, null), action);
	};
	if (pins === undefined) {
		const fd = create();
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
	const fd = adoptLink(path, target, direction, program) ?? pinned(path, create());
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

function pinned(path: string, fd: number): number {
	try {
		pin(fd, path);
		return fd;
	} catch (error) {
		closeSync(fd);
		throw error;
	}
}

function createLink(target: Target, direction: Direction, program: Program): number {
	return inNamespace(target.netns, () =>
		check(
			getLibbpf().bpf_link_create(
				program.fd,
				target.index,
				TCX_ATTACH_TYPE[direction],
				LINK_OPTIONS[direction],
			),
			`attach ${program.name} to ${target.name} (${direction})`,
		),
	);
}

function isOn(fd: number): boolean {
	return describeLink(fd).ifindex !== 0;
}
