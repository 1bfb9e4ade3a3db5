/** Programs of other load balancers on interfaces of a lab. */
import koffi from "koffi";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { check } from "../../../src/bpf/kernel-error.ts";
import { getLibbpf } from "../../../src/bpf/libbpf.ts";
import { readLinks } from "../../../src/bpf/netlink.ts";
import { inNamespace } from "../../../src/bpf/netns.ts";
import type { Program } from "../../../src/bpf/object.ts";

const CLSACT_INGRESS = 1;
/** The fallback of lbscope on old kernels has a lower one, and comes first. */
const PRIORITY = 60_000;
const XDP_GENERIC = 1 << 1;

const attachProgram = koffi
	.load("libbpf.so.1")
	.func("int bpf_xdp_attach(int ifindex, int program, uint32_t flags, const void *options)");

/** At ingress, on a clsact qdisc: all kernels have it, and on new ones lbscope's tcx link comes first. It stays for the lab's life. */
export async function addFilter(lab: Lab, device: string, program: Program): Promise<void> {
	await run(inNetns(lab.balancer.netns, ["tc", "qdisc", "replace", "dev", device, "clsact"]));
	const hook = { sz: 24, ifindex: indexOf(lab, device), attach_point: CLSACT_INGRESS, parent: 0 };
	const place = {
		sz: 32,
		prog_fd: program.fd,
		flags: 0,
		prog_id: 0,
		handle: 1,
		priority: PRIORITY,
		_reserved: 0,
	};
	inLab(lab, () => check(getLibbpf().bpf_tc_attach(hook, place), `attach ${program.name} to ${device}`));
}

/** In front of tc, in the kernel's generic code: veth's own needs a program on the other end, too. */
export function addXdp(lab: Lab, device: string, program: Program): void {
	const index = indexOf(lab, device);
	inLab(lab, () =>
		check(attachProgram(index, program.fd, XDP_GENERIC, null), `attach ${program.name} to ${device}`),
	);
}

/** Of the load balancer's interfaces. */
export function indexOf(lab: Lab, device: string): number {
	const link = readLinks(lab.balancer.path).find(({ name }) => name === device);
	if (!link) throw new Error(`Cannot find ${device} in ${lab.balancer.netns}`);
	return link.index;
}

function inLab(lab: Lab, work: () => unknown): void {
	inNamespace(lab.balancer.path, work);
}
