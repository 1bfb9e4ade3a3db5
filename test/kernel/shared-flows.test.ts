/** Programs of two sets of maps side by side, as while a reload changes them one after the other. */
import { beforeAll, expect, test } from "vitest";
import type { BpfObject } from "../../src/bpf/object.ts";
import { runOnPacket } from "../../src/bpf/test-run.ts";
import { openLastingDataPath } from "../../src/sources/lasting-data-path.ts";
import type { DataPathOptions } from "../../src/sources/open-data-path.ts";
import { openPassingDataPath, type PassingDataPath } from "../../src/sources/passing-data-path.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { CLIENT, ENDPOINT, FAMILIES, type Family, type Leg, onLeg, SERVICES, tcpOn } from "./cast.ts";
import { CAME_IN_BY } from "./forward.ts";
import { pageOf, patientOptions } from "./lasting-set.ts";
import { stayOnThisCpu } from "./one-cpu.ts";
import { bytes } from "./packets/packet.ts";
import { createContextEncoder, type SkbContext } from "./skb-context.ts";

const SYN = { flags: "S", sequence: 7 } as const;

/** Four packets between client and VIP: a handshake, and 60 bytes each way. What comes in meets one object, what leaves another. */
function converse(family: Family, incoming: BpfObject, leaving: BpfObject): void {
	const on = (leg: Leg, fields = {}, payload = 0) => onLeg(leg, family, tcpOn(leg, fields), bytes(payload));
	const ingress = (packet: Buffer) => run(incoming, "ingress_ethernet", packet);
	const egress = (packet: Buffer) => run(leaving, "egress_ethernet", packet, { ingress_ifindex: CAME_IN_BY });
	ingress(on("client to VIP", SYN));
	egress(on("to endpoint", SYN));
	egress(on("VIP to client", { flags: "SA" }));
	ingress(on("client to VIP", {}, 60));
	egress(on("VIP to client", {}, 60));
}

function run(object: BpfObject, program: string, packet: Buffer, context: SkbContext = {}): void {
	runOnPacket(object.program(program), packet, { context: createContextEncoder(object.structs)(context) });
}

async function countsOf(object: BpfObject) {
	const { services, pairs } = await pageOf({ object });
	return { requests: services.map((each) => each.requests), pairs };
}

function pairOf(family: Family) {
	const [client, endpoint] = [CLIENT[family], ENDPOINT[family]];
	const bytes = family === "IPv4" ? 280 : 360;
	return { service: `tcp ${family}`, client, endpoint, packets: 4, bytes };
}
const ONE_REQUEST_EACH = SERVICES.map(({ protocol }) => (protocol === "tcp" ? 1 : 0));

describeInKernel("a conversation while programs are changed for those of other limits", () => {
	const root = withBpffs();
	beforeAll(() => stayOnThisCpu());

	type Open = (options: DataPathOptions, before?: PassingDataPath) => Promise<PassingDataPath>;
	const WAYS: readonly { what: string; opener: () => Open }[] = [
		{ what: "without pins", opener: () => openPassingDataPath },
		{
			what: "with pins",
			opener() {
				const directory = root();
				return (wanted) => openLastingDataPath({ ...wanted, root: directory, version: "0.0.0" });
			},
		},
	];
	test.each(WAYS)(
		"has its endpoint and counts once, whichever it meets first ($what)",
		async ({ opener }) => {
			const open = opener();
			const former = await open(patientOptions());
			const next = await open(patientOptions({ pairs: 128, services: 32 }), former);
			converse("IPv4", former.object, next.object);
			converse("IPv6", next.object, former.object);
			await next.carryOver();
			const { requests, pairs } = await countsOf(next.object);
			expect(requests).toEqual(ONE_REQUEST_EACH);
			expect(pairs).toEqual(expect.arrayContaining(FAMILIES.map(pairOf)));
			expect(pairs).toHaveLength(FAMILIES.length);
			former.close();
			next.close();
		},
	);

	test("is carried over once when a change is cut short, and the next one wants another flow table", async () => {
		const directory = root();
		const open = (limits: Partial<DataPathOptions["limits"]>) =>
			openLastingDataPath({ ...patientOptions(limits), root: directory, version: "0.0.0" });
		const former = await open({});
		for (const family of FAMILIES) converse(family, former.object, former.object);
		const half = await open({ pairs: 128 });
		half.close();
		former.close();
		const last = await open({ pairs: 128, flows: 2048 });
		await last.carryOver();
		const { requests, pairs } = await countsOf(last.object);
		expect(requests).toEqual(ONE_REQUEST_EACH);
		expect(pairs).toEqual(expect.arrayContaining(FAMILIES.map(pairOf)));
		last.close();
	});
});
