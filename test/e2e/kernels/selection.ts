/** Which tests of this repository run in the other kernels: what depends on the kernel, as much as an emulated machine can. */
const KERNEL = [
	"counting",
	"tcp",
	"udp",
	"sctp",
	"join",
	"join-without-nat",
	"super-packets",
	"extension-headers",
	"firewall-matching",
];
const MORE_KERNEL = [
	"icmp",
	"malformed",
	"fragments",
	"full-tables",
	"firewall",
	"handshakes",
	"walk",
	"expiry",
	"retire",
	"lasting",
	"map-batches",
	"pins",
	"replace-programs",
	"interface-set",
];
const MORE_EXACT = ["bridge", "endpoints", "errors", "fragments", "reused-tuples", "rough-links"];
const MORE_BALANCERS = ["nftables", "iptables", "direct-routing"];
const INSIDE = ["ipvs", "stacked", "virtio", "kernel-sctp"];

const files = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}.test.ts`);

/** `everything`: for an hour, by hand. kernel-sctp is the last: with its module the kernel answers the lab's SCTP peers. */
export function selectFiles(everything: boolean): string[] {
	return [
		...files("test/kernel", everything ? [...KERNEL, ...MORE_KERNEL] : KERNEL),
		...(everything ? files("test/e2e/exact", MORE_EXACT) : []),
		...(everything ? files("test/e2e/balancers", MORE_BALANCERS) : []),
		...files("test/e2e/kernels/inside", INSIDE),
	];
}
