/** What is attached to an interface, by the word of the kernel and of tc(8). */
import koffi from "koffi";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { readLinks } from "../../../src/bpf/netlink.ts";
import { inNamespace } from "../../../src/bpf/netns.ts";

/** enum bpf_attach_type */
const TCX = { ingress: 46, egress: 47 } as const;
const MAX_PROGRAMS = 64;

const queryPrograms = koffi
	.load("libbpf.so.1")
	.func(
		"int bpf_prog_query(int ifindex, int type, uint32_t flags, void *attach_flags, uint32_t *ids, _Inout_ uint32_t *count)",
	);

/** `["tcx ingress", "tcx egress"]`, or with the fallback `["clsact", "filter ingress", "filter egress"]`. */
export async function programsOn(netns: string, device: string): Promise<string[]> {
	const found: string[] = [];
	for (const direction of ["ingress", "egress"] as const) {
		for (let i = countTcx(`/run/netns/${netns}`, device, direction); i > 0; i--)
			found.push(`tcx ${direction}`);
	}
	const qdiscs = await run(inNetns(netns, ["tc", "qdisc", "show", "dev", device]));
	if (qdiscs.includes("clsact")) found.push("clsact");
	for (const direction of ["ingress", "egress"]) {
		const filters = await run(inNetns(netns, ["tc", "filter", "show", "dev", device, direction]));
		for (const _ of filters.matchAll(/ handle /g)) found.push(`filter ${direction}`);
	}
	return found;
}

/** Of all interfaces that an exporter of the lab watches. */
export async function programsOnAll(lab: Lab): Promise<string[]> {
	const found = lab.interfaces.map(async ({ name }) => {
		return (await programsOn(lab.balancer.netns, name)).map((what) => `${name}: ${what}`);
	});
	return (await Promise.all(found)).flat();
}

function countTcx(path: string, device: string, direction: "ingress" | "egress"): number {
	const link = readLinks(path).find(({ name }) => name === device);
	if (!link) throw new Error(`Cannot look at ${device}: ${path} has no such interface`);
	const count = [MAX_PROGRAMS];
	const ids = Buffer.alloc(4 * MAX_PROGRAMS);
	const result = inNamespace(path, () => queryPrograms(link.index, TCX[direction], 0, null, ids, count));
	// Before 6.6 the kernel does not know the question.
	return result < 0 ? 0 : (count[0] ?? 0);
}
