/**
 * Makes the captures of this folder anew, as root: `node_modules/.bin/tsx test/captures/record.ts`. Those of a lab are as
 * tcpdump writes them, the others are made up. A file NAME.services says what is a service in NAME.*, one a line.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createLab, type Lab } from "../../scripts/lab/lab.ts";
import { converse, type TrafficOptions } from "../../scripts/lab/traffic.ts";
import { onLeg, sctpOn, tcpOn, udpOn } from "../kernel/cast.ts";
import { bytes, ethernet, packet, vlan } from "../kernel/packets/packet.ts";
import { cooked, cooked2, pcap, pcapng, type WrittenPacket } from "../replay/write-capture.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const ETHERNET_BYTES = 14;
const BEGIN = 1_700_000_000.25;

const TRAFFIC: readonly (readonly [string, Partial<TrafficOptions>])[] = [
	["web", { count: 3, concurrency: 3, requestBytes: 700, responseBytes: 2500 }],
	["web-v6", { client: 2, count: 2, responseBytes: 900 }],
	["web", { client: 2, ending: "client-reset" }],
	["web-v6", { ending: "endpoint-first" }],
	["dns", { count: 4, concurrency: 4, datagrams: 2 }],
	["dns-v6", { client: 2, count: 2 }],
	["ngap", { count: 1 }],
	["ngap-v6", { count: 1 }],
	["refused", { count: 2 }],
	["reset-v6", { count: 1 }],
	["closed", { count: 1, timeoutSeconds: 1 }],
	["abort", { count: 1, timeoutSeconds: 1 }],
];

interface Recording {
	readonly name: string;
	/** Arguments of tcpdump, run on the load balancer. */
	readonly tcpdump: (lab: Lab) => readonly string[];
}

const clientPort = (lab: Lab) => lab.interfaces[0]?.name ?? "";

const PLAIN: readonly Recording[] = [
	{ name: "client-port", tcpdump: (lab) => ["-i", clientPort(lab)] },
	{ name: "client-port-snapped", tcpdump: (lab) => ["-i", clientPort(lab), "-s", "96", "--nano"] },
	{ name: "any", tcpdump: () => ["-i", "any", "-s", "200"] },
	{ name: "any-cooked-v1", tcpdump: () => ["-i", "any", "-y", "LINUX_SLL", "-s", "180"] },
];
const MASQUERADED: readonly Recording[] = [
	{ name: "any-masquerade", tcpdump: () => ["-i", "any", "-s", "200"] },
];

async function recordLab(recordings: readonly Recording[], masquerade: boolean): Promise<void> {
	const lab = await createLab({ prefix: "capture", clients: 2, offloads: "off", masquerade });
	try {
		const dumps = recordings.map(({ name, tcpdump }) => {
			const file = `${FOLDER}${name}.pcap`;
			return lab.spawn(lab.balancer.netns, [
				"tcpdump",
				"-U",
				"-Z",
				"root",
				"-w",
				file,
				...tcpdump(lab),
				"tcp or udp or sctp or icmp or icmp6",
			]);
		});
		await new Promise((resolve) => setTimeout(resolve, 1500));
		for (const [label, options] of TRAFFIC) await converse(lab, { service: lab.service(label), ...options });
		await new Promise((resolve) => setTimeout(resolve, 1500));
		for (const dump of dumps) await dump.stop();
		const services = lab.services.map(
			({ vip, port, protocol }) => `${vip.includes(":") ? `[${vip}]` : vip}:${port}/${protocol}\n`,
		);
		for (const { name } of recordings) writeFileSync(`${FOLDER}${name}.services`, services.join(""));
	} finally {
		await lab.remove();
	}
}

/** A conversation of each protocol, on the client's leg alone. */
function conversations(): Buffer[] {
	const [to, from] = ["client to VIP", "VIP to client"] as const;
	return (["IPv4", "IPv6"] as const).flatMap((family) => [
		onLeg(to, family, tcpOn(to, { flags: "S", sequence: 1000, options: 20 })),
		onLeg(from, family, tcpOn(from, { flags: "SA", sequence: 5000, acknowledged: 1001 })),
		onLeg(to, family, tcpOn(to, { flags: "A", sequence: 1001, acknowledged: 5001 })),
		onLeg(to, family, tcpOn(to, { flags: "PA", sequence: 1001, acknowledged: 5001 }), bytes(333)),
		onLeg(from, family, tcpOn(from, { flags: "FA", sequence: 5001, acknowledged: 1334 })),
		onLeg(to, family, tcpOn(to, { flags: "FA", sequence: 1334, acknowledged: 5002 })),
		onLeg(to, family, udpOn(to), bytes(40)),
		onLeg(from, family, udpOn(from), bytes(400)),
		onLeg(to, family, sctpOn(to, { chunk: "INIT", initiateTag: 7 })),
		onLeg(from, family, sctpOn(from, { chunk: "ABORT", tag: 7 })),
	]);
}

function timed(frames: readonly Buffer[]): WrittenPacket[] {
	return frames.map((frame, i) => ({ at: BEGIN + i / 64, bytes: frame }));
}

function made(): Record<string, Buffer> {
	const frames = conversations();
	const packets = frames.map((frame) => frame.subarray(ETHERNET_BYTES));
	const tagged = (frame: Buffer, ...tags: readonly number[]) =>
		packet(ethernet(), ...tags.map((type, i) => vlan(10 + i, type)), () => ({
			ethertype: frame.readUInt16BE(12),
			protocol: 0,
			bytes: frame.subarray(ETHERNET_BYTES),
		}));
	const outgoing = (ip: Buffer) => ip.subarray(0, 40).includes(Buffer.from([10, 99, 0, 1])) && ip[15] === 1;
	return {
		"made-big-endian.pcap": pcap(timed(frames), { littleEndian: false }),
		"made-nanoseconds-big-endian.pcap": pcap(timed(frames), { littleEndian: false, nanoseconds: true }),
		"made-raw.pcap": pcap(timed(packets), { linkType: 101 }),
		"made-vlan.pcap": pcap(timed(frames.map((frame) => tagged(frame, 0x8100)))),
		"made-qinq.pcap": pcap(timed(frames.map((frame) => tagged(frame, 0x88a8, 0x8100)))),
		"made-nanoseconds.pcapng": pcapng(timed(frames), { digits: 9, strangeBlocks: true }),
		"made-big-endian.pcapng": pcapng(timed(frames), { littleEndian: false }),
		"made-mixed.pcapng": pcapng(
			timed(frames).map((each, i) => {
				const ip = each.bytes.subarray(ETHERNET_BYTES);
				const forms = [
					each.bytes,
					ip,
					cooked(ip, { outgoing: isAnswer(ip) }),
					cooked2(ip, { outgoing: isAnswer(ip) }),
				];
				return { ...each, bytes: forms[i % 4] as Buffer, device: i % 4 };
			}),
			{ interfaces: [1, 101, 113, 276] },
		),
	};
	function isAnswer(ip: Buffer): boolean {
		return outgoing(ip) || (ip[0] === 0x60 && ip.subarray(8, 12).equals(Buffer.from([0xfd, 0, 0, 0x99])));
	}
}

for (const [name, content] of Object.entries(made())) writeFileSync(FOLDER + name, content);
await recordLab(PLAIN, false);
await recordLab(MASQUERADED, true);
