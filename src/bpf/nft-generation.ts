/** The generation of a namespace's nftables rules, from nfnetlink: one message tells whether there is anything to read. */
import { readlinkSync } from "node:fs";
import { check, checkErrno, TO_READ_NFTABLES } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import { parseAttributes } from "./netlink.ts";
import { inNamespace } from "./netns.ts";

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_NETFILTER = 12;
const NLM_F_REQUEST = 1;
const NLMSG_ERROR = 2;
/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN */
const GET_GENERATION = (10 << 8) | 16;
const NFTA_GEN_ID = 1;
const MESSAGE_HEADER = 16;
/** struct nfgenmsg: family, version, resource; all zero here. */
const NETFILTER_HEADER = 4;

/**
 * Differs when rules, chains, sets or their elements were changed, or the namespace is another one of the same name. Not
 * when counters went on, or packets added elements.
 */
export function readRulesetGeneration(netns?: string): string {
	return inNamespace(netns, () => `${readlinkSync("/proc/thread-self/ns/net")} ${askGeneration()}`);
}

function askGeneration(): number {
	const action = "open an nfnetlink socket";
	const fd = checkErrno(getLibc().socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER), action);
	try {
		const request = Buffer.alloc(MESSAGE_HEADER + NETFILTER_HEADER);
		request.writeUInt32LE(request.length, 0);
		request.writeUInt16LE(GET_GENERATION, 4);
		request.writeUInt16LE(NLM_F_REQUEST, 6);
		checkErrno(getLibc().send(fd, request, request.length, 0), "ask for the generation of nftables");
		const answer = Buffer.alloc(4096);
		const size = checkErrno(getLibc().recv(fd, answer, answer.length, 0), "read from nfnetlink");
		return parseGeneration(answer.subarray(0, size));
	} finally {
		getLibc().close(fd);
	}
}

function parseGeneration(message: Buffer): number {
	if (message.readUInt16LE(4) === NLMSG_ERROR)
		check(message.readInt32LE(MESSAGE_HEADER), "read the generation of nftables", TO_READ_NFTABLES);
	const id = parseAttributes(message, MESSAGE_HEADER + NETFILTER_HEADER).get(NFTA_GEN_ID);
	if (!id) throw new Error("Cannot read the generation of nftables: the kernel's answer has none");
	return id.readUInt32BE(0);
}
