/** The network devices and neighbours of a namespace, from rtnetlink(7). */
import { check, checkErrno, type Need } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";

const AF_NETLINK = 16;
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
const IFLA_INFO_KIND = 1;
const NDA_DST = 1;
const NDA_LLADDR = 2;

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
	return dump(netns, RTM_GETLINK, Buffer.alloc(LINK_HEADER)).map(parseLink);
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
	const attributes = parseAttributes(message, LINK_HEADER);
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

export function parseAttributes(message: Buffer, start: number): Map<number, Buffer> {
	const attributes = new Map<number, Buffer>();
	for (let at = start; at + ATTRIBUTE_HEADER <= message.length; ) {
		const length = message.readUInt16LE(at);
		if (length < ATTRIBUTE_HEADER) break;
		// The two upper bits are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER).
		attributes.set(
			message.readUInt16LE(at + 2) & 0x3fff,
			message.subarray(at + ATTRIBUTE_HEADER, at + length),
		);
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
	{ protocol = NETLINK_ROUTE, needed }: DumpOptions = {},
): Buffer[] {
	const fd = inNamespace(netns, () =>
		checkErrno(getLibc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "open a netlink socket"),
	);
	try {
		const request = Buffer.concat([Buffer.alloc(MESSAGE_HEADER), header]);
		request.writeUInt32LE(request.length, 0);
		request.writeUInt16LE(type, 4);
		request.writeUInt16LE(NLM_F_REQUEST_DUMP, 6);
		checkErrno(getLibc().send(fd, request, request.length, 0), "ask netlink");
		return receiveDump(fd, needed);
	} finally {
		getLibc().close(fd);
	}
}

function receiveDump(fd: number, needed: readonly Need[] | undefined): Buffer[] {
	const payloads: Buffer[] = [];
	for (;;) {
		const buffer = Buffer.alloc(RECEIVE_BYTES);
		const size = checkErrno(getLibc().recv(fd, buffer, buffer.length, 0), "read from netlink");
		for (let at = 0; at + MESSAGE_HEADER <= size; ) {
			const length = buffer.readUInt32LE(at);
			const type = buffer.readUInt16LE(at + 4);
			if (type === NLMSG_DONE) return payloads;
			if (type === NLMSG_ERROR) check(buffer.readInt32LE(at + MESSAGE_HEADER), "read from netlink", needed);
			payloads.push(buffer.subarray(at + MESSAGE_HEADER, at + length));
			at += align4(length);
		}
	}
}
