/** One program on one direction of an interface by a tcx link (Linux 6.6). */
import { closeSync } from "node:fs";
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";
import type { Program } from "./object.ts";
import type { Attachment, Direction, Target } from "./target.ts";

/** enum bpf_attach_type */
const ATTACH_TYPE = { ingress: 46, egress: 47 } as const;
const BPF_F_BEFORE = 1 << 3;
const BPF_F_AFTER = 1 << 4;
/** First at ingress, to see what the client sent; last at egress, to see what leaves. */
const POSITION = { ingress: BPF_F_BEFORE, egress: BPF_F_AFTER } as const;

/** struct bpf_link_info: type, id, prog_id, then (aligned to 8) the ifindex. */
const LINK_INFO_BYTES = 24;
const LINK_INFO_IFINDEX = 16;

/** The link lives as long as its file descriptor: a killed exporter leaves nothing behind. */
export function attachTcx(target: Target, direction: Direction, program: Program): Attachment {
	const options = { sz: 16, flags: POSITION[direction], _reserved: 0 };
	const fd = inNamespace(target.netns, () =>
		check(
			getLibbpf().bpf_link_create(program.fd, target.index, ATTACH_TYPE[direction], options),
			`attach ${program.name} to ${target.name} (${direction})`,
		),
	);
	return { kind: "tcx", isAttached: () => ifindexOf(fd) !== 0, detach: () => closeSync(fd) };
}

/** 0: the device is gone, or the link was detached by force. */
function ifindexOf(link: number): number {
	const buffer = Buffer.alloc(LINK_INFO_BYTES);
	check(getLibbpf().bpf_obj_get_info_by_fd(link, buffer, [buffer.length]), "describe a link");
	return buffer.readUInt32LE(LINK_INFO_IFINDEX);
}
