/** The network devices and neighbours of a namespace, from rtnetlink(7). */
import { atOnce } from "./in-turns.ts";
import { check, checkErrno, type Need } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";

export const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NLM_F_REQUEST_DUMP = 0x301;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_GETLINK = 18;
const RTM_GETNEIGH = 30;
const MESSAGE_HEADER = 16;
const LINK_HEADER = 16;
const NEIGHBOUR_HEADER = 12;
const ATTRIBUTE_HEADER = 4;
/** The kernel fills at most 32 KiB a read for a dump. */
const RECEIVE_BYTES = 65536;

const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_LINK_NETNSID = 37;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
const LINK_ATTRIBUTES = new Set([IFLA_IFNAME, IFLA_LINK, IFLA_MASTER, IFLA_LINKINFO, IFLA_LINK_NETNSID]);
const IFLA_INFO_KIND = 1;
const NDA_DST = 1;
const NDA_LLADDR = 2;

/** The counters of each link would be half of the answer. */
const LINK_REQUEST = Buffer.alloc(LINK_HEADER + ATTRIBUTE_HEADER + 4);
LINK_REQUEST.writeUInt16LE(ATTRIBUTE_HEADER + 4, LINK_HEADER);
LINK_REQUEST.writeUInt16LE(IFLA_EXT_MASK, LINK_HEADER + 2);
LINK_REQUEST.writeUInt32LE(RTEXT_FILTER_SKIP_STATS, LINK_HEADER + ATTRIBUTE_HEADER);

export interface Link {
	readonly index: number;
	readonly name: string;
	/** ARPHRD_*: 1 Ethernet, 772 loopback. */
	readonly hardwareType: number;
	readonly up: boolean;
	/** Driver: veth, vlan, bridge; empty for hardware. */
	readonly kind: string;
	/** Index of the bridge, bond or team that this one is a port of. */
	readonly master: number | undefined;
	/** Index of the device below, as of a VLAN; undefined when that lies in another namespace. */
	readonly lower: number | undefined;
}

export interface Neighbour {
	/** 4 or 16 bytes. */
	readonly address: Buffer;
	/** Six bytes for Ethernet. */
	readonly hardwareAddress: Buffer;
}

export function readLinks(netns?: string): Link[] {
	return atOnce(linksInSteps(netns));
}

/** A step is what the kernel gives at a time, some dozens of links. */
export function* linksInSteps(netns?: string): Generator<void, Link[]> {
	const links: Link[] = [];
	for (const messages of dumpInSteps(netns, RTM_GETLINK, LINK_REQUEST)) {
		for (const message of messages) links.push(parseLink(message));
		yield;
	}
	return links;
}

export function readNeighbours(netns?: string): Neighbour[] {
	return dump(netns, RTM_GETNEIGH, Buffer.alloc(NEIGHBOUR_HEADER)).flatMap((message) => {
		const attributes = parseAttributes(message, NEIGHBOUR_HEADER);
		const address = attributes.get(NDA_DST);
		const hardwareAddress = attributes.get(NDA_LLADDR);
		return address && hardwareAddress ? [{ address, hardwareAddress }] : [];
	});
}

function parseLink(message: Buffer): Link {
	const attributes = parseAttributes(message, LINK_HEADER, LINK_ATTRIBUTES);
	const linkInfo = attributes.get(IFLA_LINKINFO);
	const kind = linkInfo && parseAttributes(linkInfo, 0).get(IFLA_INFO_KIND);
	return {
		index: message.readInt32LE(4),
		name: textOf(attributes.get(IFLA_IFNAME)),
		hardwareType: message.readUInt16LE(2),
		up: (message.readUInt32LE(8) & 1) === 1,
		kind: textOf(kind),
		master: attributes.get(IFLA_MASTER)?.readUInt32LE(0),
		lower: attributes.has(IFLA_LINK_NETNSID) ? undefined : attributes.get(IFLA_LINK)?.readUInt32LE(0),
	};
}

export function textOf(bytes: Buffer | undefined): string {
	return bytes ? bytes.toString("utf8").replace(/\0.*$/, "") : "";
}

/** `wanted`: those that are of use, for there may be thousands of messages with dozens each; undefined: all. */
export function parseAttributes(
	message: Buffer,
	start: number,
	wanted?: ReadonlySet<number>,
): Map<number, Buffer> {
	const attributes = new Map<number, Buffer>();
	for (let at = start; at + ATTRIBUTE_HEADER <= message.length; ) {
		const length = message.readUInt16LE(at);
		if (length < ATTRIBUTE_HEADER) break;
		// The two upper bits are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER).
		const type = message.readUInt16LE(at + 2) & 0x3fff;
		if (!wanted || wanted.has(type))
			attributes.set(type, message.subarray(at + ATTRIBUTE_HEADER, at + length));
		at += align4(length);
	}
	return attributes;
}

function align4(length: number): number {
	return (length + 3) & ~3;
}

interface DumpOptions {
	/** Of netlink; rtnetlink unless told. */
	readonly protocol?: number;
	/** What the kernel asks of whoever wants to know. */
	readonly needed?: readonly Need[] | undefined;
}

/** The payloads of all messages of a dump. `header`: what the request asks for. */
export function dump(
	netns: string | undefined,
	type: number,
	header: Buffer,
	options?: DumpOptions,
): Buffer[] {
	return [...dumpInSteps(netns, type, header, options)].flat();
}

export function openNetlink(protocol = NETLINK_ROUTE): number {
	return checkErrno(getLibc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "open a netlink socket");
}

function* dumpInSteps(
	netns: string | undefined,
	type: number,
	header: Buffer,
	{ protocol = NETLINK_ROUTE, needed }: DumpOptions = {},
): Generator<Buffer[], void> {
	const fd = inNamespace(netns, () => openNetlink(protocol));
	try {
		const request = Buffer.concat([Buffer.alloc(MESSAGE_HEADER), header]);
		request.writeUInt32LE(request.length, 0);
		request.writeUInt16LE(type, 4);
		request.writeUInt16LE(NLM_F_REQUEST_DUMP, 6);
		checkErrno(getLibc().send(fd, request, request.length, 0), "ask netlink");
		yield* receiveDump(fd, needed);
	} finally {
		getLibc().close(fd);
	}
}

/** One for all, whose messages are copied: memory of this size, asked for each second, is what an idle exporter would be collecting. */
const received = Buffer.alloc(RECEIVE_BYTES);

function* receiveDump(fd: number, needed: readonly Need[] | undefined): Generator<Buffer[], void> {
	for (;;) {
		const payloads: Buffer[] = [];
		const size = checkErrno(getLibc().recv(fd, received, received.length, 0), "read from netlink");
		for (let at = 0; at + MESSAGE_HEADER <= size; ) {
			const length = received.readUInt32LE(at);
			const type = received.readUInt16LE(at + 4);
			if (type === NLMSG_DONE) return yield payloads;
			if (type === NLMSG_ERROR) check(received.readInt32LE(at + MESSAGE_HEADER), "read from netlink", needed);
			payloads.push(Buffer.from(received.subarray(at + MESSAGE_HEADER, at + length)));
			at += align4(length);
		}
		yield payloads;
	}
}
