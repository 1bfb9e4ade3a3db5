/** The flowtables of nftables: connections that bypass its chains, some of them the kernel altogether. */
import { TO_READ_NFTABLES } from "./kernel-error.ts";
import { dump, parseAttributes, textOf } from "./netlink.ts";

const NETLINK_NETFILTER = 12;
/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETFLOWTABLE */
const GET_FLOWTABLES = (10 << 8) | 23;
/** struct nfgenmsg: family, version, resource; all zero: of every family. */
const NETFILTER_HEADER = 4;
/** enum nft_flowtable_attributes */
const NFTA_FLOWTABLE_TABLE = 1;
const NFTA_FLOWTABLE_NAME = 2;
const NFTA_FLOWTABLE_FLAGS = 7;
const NFT_FLOWTABLE_HW_OFFLOAD = 1;

export interface Flowtable {
	readonly table: string;
	readonly name: string;
	/** `flags offload`: the NIC forwards by itself. */
	readonly isInHardware: boolean;
}

export function readFlowtables(netns: string | undefined): Flowtable[] {
	const options = { protocol: NETLINK_NETFILTER, needed: TO_READ_NFTABLES };
	return dump(netns, GET_FLOWTABLES, Buffer.alloc(NETFILTER_HEADER), options).map(parseFlowtable);
}

export function parseFlowtable(message: Buffer): Flowtable {
	const attributes = parseAttributes(message, NETFILTER_HEADER);
	const flags = attributes.get(NFTA_FLOWTABLE_FLAGS)?.readUInt32BE(0) ?? 0;
	return {
		table: textOf(attributes.get(NFTA_FLOWTABLE_TABLE)),
		name: textOf(attributes.get(NFTA_FLOWTABLE_NAME)),
		isInHardware: (flags & NFT_FLOWTABLE_HW_OFFLOAD) !== 0,
	};
}
