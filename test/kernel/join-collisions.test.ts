/** Packets whose notes fall into one slot of the join: the later note stays. Who loses its note waits; nobody gets another's endpoint. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, VIP } from "./cast.ts";
import { CAME_IN_BY } from "./forward.ts";
import { ip } from "./packets/ip.ts";
import { ethernet, packet } from "./packets/packet.ts";
import { tcp } from "./packets/transport.ts";
import { withTestPath } from "./test-path.ts";

const FLOWS_PER_SLOT = 4;
const SLOTS = 3;

interface Syn {
	/** Of the client, and last part of the endpoint's address: each flow has an endpoint of its own. */
	readonly number: number;
	/** A SYN's token is its sequence number, read as the machine reads. */
	readonly sequence: number;
}

/** join_slot_of() in bpf/join.h. */
function slotOf(sequence: number): number {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(sequence);
	return Math.imul(bytes.readUInt32LE(), 2654435769) >>> 20;
}

/** Of each of the first slots several, in turns. */
function collidingSyns(): Syn[] {
	const bySlot = Array.from({ length: SLOTS }, (): number[] => []);
	for (let sequence = 1; bySlot.some(({ length }) => length < FLOWS_PER_SLOT); sequence++) {
		bySlot[slotOf(sequence)]?.push(sequence);
	}
	const rounds = Array.from({ length: FLOWS_PER_SLOT }, (_, round) =>
		bySlot.map((sequences, slot) => ({
			sequence: sequences[round] ?? 0,
			number: 1 + round * SLOTS + slot,
		})),
	);
	return rounds.flat();
}

const SYNS = collidingSyns();
const portOf = ({ number }: Syn) => 1000 + number;
const endpointOf = ({ number }: Syn) => `10.20.1.${number}`;

function frame(syn: Syn, to: string, port: number): Buffer {
	const fields = { from: portOf(syn), to: port, flags: "S", sequence: syn.sequence };
	return packet(ethernet(), ip({ from: CLIENT.IPv4, to }), tcp(fields));
}

describeInKernel(`${SYNS.length} flows in ${SLOTS} slots of the join`, () => {
	const path = withTestPath();

	test.each([
		{ order: "the order in which they came", after: SYNS },
		{ order: "the other order", after: SYNS.toReversed() },
	])("the last of each slot has its endpoint, the others none: out in $order", async ({ after }) => {
		const withNote = SYNS.slice(-SLOTS);
		for (const syn of SYNS) path().ingress(frame(syn, VIP.IPv4, 80));
		for (const syn of after) leave(syn);
		const expected = SYNS.map((syn) => [portOf(syn), withNote.includes(syn) ? endpointOf(syn) : "unknown"]);
		expect(await endpointsByPort()).toEqual(expected);
	});

	test("who has lost its note has its endpoint by the next packet", async () => {
		for (const syn of SYNS) path().ingress(frame(syn, VIP.IPv4, 80));
		for (const syn of SYNS) {
			path().ingress(frame(syn, VIP.IPv4, 80));
			leave(syn);
		}
		expect(await endpointsByPort()).toEqual(SYNS.map((syn) => [portOf(syn), endpointOf(syn)]));
		const { services } = await path().read();
		expect(services.reduce((sum, { requests }) => sum + requests, 0)).toBe(SYNS.length);
	});

	function leave(syn: Syn): void {
		path().egress(frame(syn, endpointOf(syn), 8080), { ingress_ifindex: CAME_IN_BY });
	}

	async function endpointsByPort(): Promise<[number, string][]> {
		const rows = await path().rowsOf("flows");
		const found = rows.map(({ client, endpoint }): [number, string] => {
			return [Number(String(client).split(":")[1]), String(endpoint)];
		});
		return found.sort(([one], [other]) => one - other);
	}
});
