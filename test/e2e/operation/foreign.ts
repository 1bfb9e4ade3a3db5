/** A tc program of somebody else: see foreign.bpf.c. */
import { check } from "../../../src/bpf/kernel-error.ts";
import { getLibbpf } from "../../../src/bpf/libbpf.ts";
import { indexKey, lookup } from "../../../src/bpf/map.ts";
import { readLinks } from "../../../src/bpf/netlink.ts";
import { inNamespace } from "../../../src/bpf/netns.ts";
import type { Program } from "../../../src/bpf/object.ts";
import { readU64 } from "../../../src/bpf/struct.ts";
import { attachTcx } from "../../../src/bpf/tcx.ts";
import { loadSource } from "../../compile-bpf.ts";

type Direction = "ingress" | "egress";

export interface ForeignProgram {
	readonly program: Program;
	/** A filter on the clsact qdisc, which has to be there. */
	addFilter(netns: string, device: string, direction: Direction, priority: number, handle: number): void;
	/** A tcx link, first at ingress and last at egress; gives what takes it off. */
	addLink(netns: string, device: string, direction: Direction): () => void;
	/** Packets since the load. */
	seen(): number;
	/** What is attached stays so. */
	close(): void;
}

export async function loadForeignProgram(): Promise<ForeignProgram> {
	const object = await loadSource(new URL("foreign.bpf.c", import.meta.url));
	const program = object.program("foreign");
	return {
		program,
		addFilter(netns, device, direction, priority, handle) {
			const attachPoint = direction === "ingress" ? 1 : 2;
			const hook = { sz: 24, ifindex: indexOf(netns, device), attach_point: attachPoint, parent: 0 };
			const place = { sz: 32, prog_fd: program.fd, flags: 0, prog_id: 0, handle, priority, _reserved: 0 };
			inNamespace(netns, () => check(getLibbpf().bpf_tc_attach(hook, place), "attach a foreign filter"));
		},
		addLink(netns, device, direction) {
			return attachTcx({ name: device, index: indexOf(netns, device), netns }, direction, program).detach;
		},
		seen: () => readU64(lookup(object.map("seen"), indexKey(0)) ?? Buffer.alloc(8), 0),
		close: () => object.close(),
	};
}

function indexOf(netns: string, device: string): number {
	const link = readLinks(netns).find(({ name }) => name === device);
	if (!link) throw new Error(`Cannot find ${device} in ${netns}`);
	return link.index;
}
