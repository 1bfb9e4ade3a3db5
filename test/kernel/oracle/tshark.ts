/** What tshark says of a capture: the oracle. */
import { run } from "../../../scripts/lab/run.ts";
import { canonicalAddress, hostPort } from "../../../src/model/address.ts";
import type { Protocol } from "../../../src/model/service.ts";

/** A packet of TCP, UDP or SCTP. */
export interface TsharkPacket {
	readonly protocol: Protocol;
	/** address:port */
	readonly source: string;
	readonly destination: string;
	readonly sourceAddress: string;
	readonly destinationAddress: string;
	/** IP total length. */
	readonly bytes: number;
	/** A packet that begins a connection, and the number of that handshake. */
	readonly handshake: string | undefined;
}

const FIELDS = [
	"ip.src",
	"ip.dst",
	"ip.len",
	"ip.proto",
	"ip.id",
	"ip.frag_offset",
	"ipv6.src",
	"ipv6.dst",
	"ipv6.plen",
	"tcp.srcport",
	"tcp.dstport",
	"tcp.flags",
	"tcp.seq_raw",
	"udp.srcport",
	"udp.dstport",
	"sctp.srcport",
	"sctp.dstport",
	"sctp.chunk_type",
	"sctp.init_initiate_tag",
] as const;
type Row = Record<(typeof FIELDS)[number], string>;

const IPV6_BYTES = 40;
const SYN = 0x02;
const HANDSHAKE_FLAGS = 0x17;
const INIT = "1";
const OPTIONS = ["ip.defragment:FALSE", "ipv6.defragment:FALSE", "sctp.reassembly:FALSE"];
const PROTOCOLS = ["tcp", "udp", "sctp"] as const;
const BY_NUMBER: Readonly<Record<string, Protocol>> = { 6: "tcp", 17: "udp", 132: "sctp" };

/** In order. ICMP quotes ports, but has none. */
export async function readWithTshark(file: string): Promise<TsharkPacket[]> {
	const out = await run([
		...[
			"tshark",
			"-n",
			"-r",
			file,
			"-Y",
			"(tcp or udp or sctp or ip.frag_offset > 0) and not icmp and not icmpv6",
		],
		...["-T", "fields", "-E", "occurrence=f", ...OPTIONS.flatMap((option) => ["-o", option])],
		...FIELDS.flatMap((field) => ["-e", field]),
	]);
	const rows = out.split("\n").filter((line) => line !== "");
	const ports = new Map<string, readonly [string, string]>();
	return rows.flatMap((line) => {
		const values = line.split("\t");
		return (
			packetOf(Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? ""])) as Row, ports) ?? []
		);
	});
}

/** `ports`: of the first fragments so far. */
function packetOf(row: Row, ports: Map<string, readonly [string, string]>): TsharkPacket | undefined {
	const isIPv4 = row["ip.src"] !== "";
	const sourceAddress = canonicalAddress(isIPv4 ? row["ip.src"] : row["ipv6.src"]) ?? "";
	const destinationAddress = canonicalAddress(isIPv4 ? row["ip.dst"] : row["ipv6.dst"]) ?? "";
	const protocol = PROTOCOLS.find((name) => row[`${name}.srcport`] !== "") ?? BY_NUMBER[row["ip.proto"]];
	if (protocol === undefined) return undefined;
	const datagram = `${sourceAddress} ${destinationAddress} ${protocol} ${row["ip.id"]}`;
	if (row[`${protocol}.srcport`] !== "")
		ports.set(datagram, [row[`${protocol}.srcport`], row[`${protocol}.dstport`]]);
	const [from, to] = ports.get(datagram) ?? [];
	if (from === undefined || to === undefined) return undefined;
	return {
		protocol,
		source: hostPort(sourceAddress, Number(from)),
		destination: hostPort(destinationAddress, Number(to)),
		sourceAddress,
		destinationAddress,
		bytes: isIPv4 ? Number(row["ip.len"]) : Number(row["ipv6.plen"]) + IPV6_BYTES,
		handshake: handshakeOf(row, protocol),
	};
}

function handshakeOf(row: Row, protocol: Protocol): string | undefined {
	if (protocol === "tcp") {
		return (Number(row["tcp.flags"]) & HANDSHAKE_FLAGS) === SYN ? row["tcp.seq_raw"] : undefined;
	}
	return protocol === "sctp" && row["sctp.chunk_type"] === INIT ? row["sctp.init_initiate_tag"] : undefined;
}

/** A line of `-z conv,...`: both ends, and packets in both directions together. */
export interface TsharkConversation {
	readonly protocol: Protocol;
	readonly ends: readonly [string, string];
	readonly packets: number;
}

/** All three tables by one run. */
export async function conversationsOf(file: string): Promise<TsharkConversation[]> {
	const options = OPTIONS.flatMap((option) => ["-o", option]);
	const tables = PROTOCOLS.flatMap((protocol) => ["-z", `conv,${protocol}`]);
	const out = await run(["tshark", "-n", "-q", "-r", file, ...options, ...tables]);
	return PROTOCOLS.flatMap((protocol) => {
		const [, behind = ""] = out.split(`${protocol.toUpperCase()} Conversations`);
		const [table = ""] = behind.split("=====");
		const lines = [...table.matchAll(/^(\S+):(\d+)\s+<->\s+(\S+):(\d+)\s+(.*)$/gm)];
		return lines.map(([, a = "", aPort, b = "", bPort, rest = ""]) => {
			// There, back and in all: packets, and bytes with a unit.
			const packets = [...rest.matchAll(/(\d+)\s+[\d.,]+\s*(?:bytes|kB|MB)/g)].map(([, count]) =>
				Number(count),
			);
			const ends: [string, string] = [endOf(a, aPort), endOf(b, bPort)];
			return { protocol, ends, packets: packets[2] ?? Number.NaN };
		});
	});
}

function endOf(address: string, port: string | undefined): string {
	return hostPort(canonicalAddress(address) ?? address, Number(port));
}
