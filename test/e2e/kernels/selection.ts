/** Which tests of this repository run in the other kernels: what depends on the kernel, as much as an emulated machine can. */
const PACKETS = [
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
	...[
		"flood",
		"swap-window",
		"icmp",
		"malformed",
		"fragments",
		"full-tables",
		"firewall",
		"handshakes",
		"walk",
	],
	...["expiry", "retire", "lasting", "map-batches", "pins", "replace-programs", "interface-set"],
];
const MORE_EXACT = ["bridge", "endpoints", "errors", "fragments", "reused-tuples", "rough-links"];
const MORE_BALANCERS = ["nftables", "iptables", "direct-routing"];

const files = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}.test.ts`);
const inside = (...names: string[]) => files("test/e2e/kernels/inside", names);

/** In turns, each by a process of its own: with the module of kernel-sctp the kernel answers the lab's SCTP peers. */
type Turns = readonly (readonly string[])[];

const SCTP_LAST = inside("kernel-sctp");

/** By kernel: what takes long is in one of them. */
export const SOME: Readonly<Record<string, Turns>> = {
	"6.1": [[...files("test/kernel", PACKETS), ...inside("ipvs")]],
	"6.12": [[...files("test/kernel", PACKETS), ...inside("stacked", "virtio")], SCTP_LAST],
};

/** For an hour, by hand. */
export const EVERYTHING: Turns = [
	files("test/kernel", [...PACKETS, ...MORE_KERNEL]),
	[...files("test/e2e/exact", MORE_EXACT), ...files("test/e2e/balancers", MORE_BALANCERS)],
	inside("ipvs", "stacked", "virtio"),
	SCTP_LAST,
];
