/** Features of a network device, from the ethtool ioctl: needs no right. Names are those of `ethtool -k` in the kernel. */
import { checkErrno } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GSSET_INFO = 0x37;
const ETHTOOL_GFEATURES = 0x3a;
const ETH_SS_FEATURES = 4;
const NAME_BYTES = 32;
/** struct ethtool_get_features_block: available, requested, active, never_changed; 32 features each. */
const BLOCK_BYTES = 16;
const ACTIVE = 8;

/** Names of those that are on. */
export function readActiveFeatures(device: string, netns: string | undefined): ReadonlySet<string> {
	const fd = inNamespace(netns, () =>
		checkErrno(getLibc().socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0), "open a socket"),
	);
	const ask = (request: Buffer) => {
		const argument = { name: device, data: request };
		checkErrno(getLibc().ioctl(fd, SIOCETHTOOL, argument), `ask for the features of ${device}`);
		return request;
	};
	try {
		const names = readNames(ask);
		const blocks = ask(featuresRequest(names.length));
		return new Set(names.filter((_, bit) => isActive(blocks, bit)));
	} finally {
		getLibc().close(fd);
	}
}

function readNames(ask: (request: Buffer) => Buffer): string[] {
	// struct ethtool_sset_info: command, reserved, mask of string sets (u64), then the length of each.
	const sets = Buffer.alloc(20);
	sets.writeUInt32LE(ETHTOOL_GSSET_INFO, 0);
	sets.writeUInt32LE(1 << ETH_SS_FEATURES, 8);
	const count = ask(sets).readUInt32LE(16);
	// struct ethtool_gstrings: command, string set, length, then the strings.
	const strings = Buffer.alloc(12 + count * NAME_BYTES);
	strings.writeUInt32LE(ETHTOOL_GSTRINGS, 0);
	strings.writeUInt32LE(ETH_SS_FEATURES, 4);
	strings.writeUInt32LE(count, 8);
	ask(strings);
	return Array.from({ length: count }, (_, i) => {
		const start = 12 + i * NAME_BYTES;
		return strings.toString("latin1", start, start + NAME_BYTES).replace(/\0.*$/s, "");
	});
}

/** struct ethtool_gfeatures: command, number of blocks, then the blocks. */
function featuresRequest(features: number): Buffer {
	const blocks = Math.ceil(features / 32);
	const request = Buffer.alloc(8 + blocks * BLOCK_BYTES);
	request.writeUInt32LE(ETHTOOL_GFEATURES, 0);
	request.writeUInt32LE(blocks, 4);
	return request;
}

function isActive(blocks: Buffer, bit: number): boolean {
	const word = blocks.readUInt32LE(8 + (bit >> 5) * BLOCK_BYTES + ACTIVE);
	return ((word >>> (bit & 31)) & 1) === 1;
}
