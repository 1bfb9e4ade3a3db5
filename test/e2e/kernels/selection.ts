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
	...["expiry", "retire", "pair-rows", "mapped-array", "lasting", "lasting-pairs", "map-batches"],
	...["pins", "replace-programs", "interface-set"],
];
const MORE_EXACT = ["bridge", "endpoints", "errors", "fragments", "reused-tuples", "rough-links"];
const MORE_BALANCERS = ["nftables", "iptables", "direct-routing"];

const files = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}.test.ts`);
const inside = (...names: string[]) => files("test/e2e/kernels/inside", names);

/** In turns, each by a process of its own: with the module of kernel-sctp the kernel answers the lab's SCTP peers. */
type Turns = readonly (readonly string[])[];

const SCTP_LAST = inside("kernel-sctp");

/** What takes long is in one of them. */
const SOME: Readonly<Record<string, Turns>> = {
	"6.1": [[...files("test/kernel", PACKETS), ...inside("ipvs")]],
	"6.12": [[...files("test/kernel", PACKETS), ...inside("stacked", "virtio")], SCTP_LAST],
};

/** For an hour, by hand. */
const EVERYTHING: Turns = [
	files("test/kernel", [...PACKETS, ...MORE_KERNEL]),
	[...files("test/e2e/exact", MORE_EXACT), ...files("test/e2e/balancers", MORE_BALANCERS)],
	inside("ipvs", "stacked", "virtio"),
	SCTP_LAST,
];

const IS_ALL = process.env.LBSCOPE_KERNELS === "all";

export interface Kernel {
	/** Of Debian. */
	readonly release: string;
	readonly version: string;
	readonly turns: Turns;
}

export const KERNELS: readonly Kernel[] = [
	{ release: "bookworm", version: "6.1" },
	{ release: "trixie", version: "6.12" },
].map((kernel) => ({ ...kernel, turns: (IS_ALL ? EVERYTHING : SOME[kernel.version]) ?? [] }));

/** A mirror may be slow; the packages have 70 to 110 MB. */
export const FETCH_MS = 180_000;
/** Both run at once, each on a CPU that it shares, ten times slower than that. */
export const GUEST_MS = IS_ALL ? 7_200_000 : 2_100_000;
