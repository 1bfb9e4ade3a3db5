/** Nanoseconds per packet of the shipped programs, by BPF_PROG_TEST_RUN, above an empty program in the same run. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BpfObject, type Program } from "../src/bpf/object.ts";
import { runOnPacket } from "../src/bpf/test-run.ts";
import { defaultConfig } from "../src/config/schema.ts";
import { openDataPath } from "../src/sources/open-data-path.ts";
import type { Figure, Result } from "./figure.ts";
import { ACK, type Frame, SYN, tcpFrame, udpFrame } from "./frame.ts";
import { spreadOf } from "./median.ts";

const ROUNDS = 15;
const REPEAT = 200_000;
const GOAL_NS = 140;

const EMPTY_OBJECT = fileURLToPath(new URL("../dist/objects/empty.bpf.o", import.meta.url));

const REQUEST: Frame = {
	source: "10.1.0.1",
	destination: "10.99.0.1",
	sourcePort: 40000,
	destinationPort: 80,
};
const FORWARDED: Frame = { ...REQUEST, destination: "10.20.1.2", destinationPort: 8080 };
const REPLY: Frame = { source: "10.99.0.1", destination: "10.1.0.1", sourcePort: 80, destinationPort: 40000 };

interface Case {
	readonly title: string;
	readonly program: Program;
	readonly packet: Buffer;
	readonly goalNs?: number;
}

export const PACKETS: Figure = { name: "packets", measure: async () => measurePacketCost() };

function measurePacketCost(): Result[] {
	// The join works within one CPU.
	execFileSync("taskset", ["-pc", "1", String(process.pid)], { stdio: "ignore" });
	const empty = new BpfObject(EMPTY_OBJECT);
	const service = { label: "web", vip: "10.99.0.1", port: 80, protocol: "tcp", endpoints: [] } as const;
	const object = openDataPath({ ...defaultConfig, services: [service, { ...service, protocol: "udp" }] });
	try {
		establish(object);
		return compare(casesOf(object), empty.program("empty"));
	} finally {
		object.close();
		empty.close();
		execFileSync("taskset", ["-pc", "0-1023", String(process.pid)], { stdio: "ignore" });
	}
}

/** A flow whose endpoint is known, as nearly all packets find it. */
function establish(object: BpfObject): void {
	const [ingress, egress] = [object.program("ingress_ethernet"), object.program("egress_ethernet")];
	runOnPacket(ingress, tcpFrame(REQUEST, SYN, 1), { context: comingFrom(1, 0) });
	runOnPacket(egress, tcpFrame(FORWARDED, SYN, 1), { context: comingFrom(1, 1) });
	runOnPacket(ingress, tcpFrame(REQUEST, ACK, 2));
}

/** struct __sk_buff of linux/bpf.h: ingress_ifindex at 36, ifindex at 40. */
function comingFrom(ifindex: number, ingressIfindex: number): Buffer {
	const context = Buffer.alloc(192);
	context.writeUInt32LE(ingressIfindex, 36);
	context.writeUInt32LE(ifindex, 40);
	return context;
}

function casesOf(object: BpfObject): Case[] {
	const [ingress, egress] = [object.program("ingress_ethernet"), object.program("egress_ethernet")];
	const other = { ...REQUEST, destination: "10.1.0.9" };
	return [
		{
			title: "ingress, hot TCP flow",
			program: ingress,
			packet: tcpFrame(REQUEST, ACK, 3, 64),
			goalNs: GOAL_NS,
		},
		{ title: "egress, hot TCP flow", program: egress, packet: tcpFrame(REPLY, ACK, 3, 64) },
		{ title: "ingress, UDP flow without endpoint", program: ingress, packet: udpFrame(REQUEST, 64) },
		{
			title: "ingress, port of a service at another address",
			program: ingress,
			packet: tcpFrame(other, ACK, 3, 64),
		},
		{ title: "egress, port of no service", program: egress, packet: tcpFrame(other, ACK, 3, 64) },
	];
}

/** All cases once per round, so that a drift of the machine meets them alike. */
function compare(cases: readonly Case[], empty: Program): Result[] {
	const above = cases.map(() => [] as number[]);
	for (let round = 0; round < ROUNDS; round++) {
		const floor = runOnPacket(empty, cases[0]?.packet ?? Buffer.alloc(64), { repeat: REPEAT }).durationNs;
		cases.forEach(({ program, packet }, i) => {
			above[i]?.push(runOnPacket(program, packet, { repeat: REPEAT }).durationNs - floor);
		});
	}
	return cases.map(({ title, goalNs }, i) => {
		const spread = spreadOf(above[i] ?? []);
		const goal = goalNs === undefined ? {} : { goal: { atMost: goalNs } };
		return { title: `${title}, above an empty program`, unit: "ns", spread, ...goal };
	});
}
