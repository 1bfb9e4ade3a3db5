/** Floods: connections that only begin take half of the flow table at most, and what has no room counts all the same. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { SERVICE_PORT, VIP } from "./cast.ts";
import { unreachable } from "./packets/icmp.ts";
import { ip } from "./packets/ip.ts";
import { ethernet, packet } from "./packets/packet.ts";
import { tcp, udp } from "./packets/transport.ts";
import { PAST_LIMIT_MS, withQuickPath } from "./quick-path.ts";
import { errorsOf, requestsOf, trafficOf } from "./seen.ts";
import { type TestPath, withTestPath } from "./test-path.ts";

const FLOWS = 64;
const LEGITIMATE = "10.1.0.7";

/** `>S` from the client to the service, `<SA` back. */
function say(path: TestPath, client: string, script: string, sequence = 1000): void {
	for (const word of script.split(" ")) {
		const flags = word.slice(1);
		const ports = { client: 40000, vip: SERVICE_PORT };
		if (word.startsWith(">")) {
			const layer = tcp({ from: ports.client, to: ports.vip, flags, sequence });
			path.ingress(packet(ethernet(), ip({ from: client, to: VIP.IPv4 }), layer));
		} else {
			const layer = tcp({ from: ports.vip, to: ports.client, flags, acknowledged: sequence + 1 });
			path.egress(packet(ethernet(), ip({ from: VIP.IPv4, to: client }), layer));
		}
	}
}

function flood(path: TestPath, sources: number, script = ">S"): void {
	for (let i = 0; i < sources; i++) say(path, `10.66.${i >> 8}.${i & 255}`, script);
}

async function stateOf(path: TestPath, client: string): Promise<unknown> {
	const flow = (await path.rowsOf("flows")).find((row) => String(row.client).startsWith(`${client}:`));
	return flow?.state;
}

describeInKernel("a SYN flood", () => {
	const path = withTestPath({ flows: FLOWS });

	test("takes half of the table, answered or not", async () => {
		flood(path(), 200);
		expect(await path().rowsOf("flows")).toHaveLength(FLOWS / 2);
		flood(path(), 200, ">S <SA");
		expect(await path().rowsOf("flows")).toHaveLength(FLOWS / 2);
	});

	test("counts every packet, and each source as one request however often it tries", async () => {
		flood(path(), 200);
		flood(path(), 200);
		const reading = await path().read();
		expect(requestsOf(reading)).toBe(200);
		expect(trafficOf(reading)).toEqual({ "tcp IPv4": { packets: 400, bytes: 400 * 40 } });
	});

	test("leaves established connections counted", async () => {
		say(path(), LEGITIMATE, ">S <SA >A");
		flood(path(), 200);
		say(path(), LEGITIMATE, ">PA <PA");
		const { pairs, flows } = await path().read();
		expect(flows.active.tcp).toBe(1);
		expect(pairs.find(({ client }) => client === LEGITIMATE)).toBeUndefined();
		expect((await path().rowsOf("flows")).find(({ state }) => state === "active")).toMatchObject({
			pendingPackets: 5,
		});
	});

	test("does not keep out who completes the handshake", async () => {
		flood(path(), 200);
		say(path(), LEGITIMATE, ">S <SA");
		expect(await stateOf(path(), LEGITIMATE)).toBeUndefined();
		say(path(), LEGITIMATE, ">A");
		expect(await stateOf(path(), LEGITIMATE)).toBe("active");
		expect(requestsOf(await path().read())).toBe(201);
	});

	test("lets errors of such a connection count, once", async () => {
		flood(path(), 200);
		say(path(), LEGITIMATE, ">S <SA >A <PA <R");
		const reading = await path().read();
		expect(errorsOf(reading)).toEqual(["reset by endpoint"]);
		expect(requestsOf(reading)).toBe(201);
	});

	test("is no reason to take the next connection of the same ports for a failed one", async () => {
		say(path(), "10.77.0.1", ">S <SA >A");
		flood(path(), 200);
		say(path(), LEGITIMATE, ">S <SA");
		await path().clearFlows();
		say(path(), LEGITIMATE, ">S <SA >A", 7000);
		// The client's, who did not go on with the first one.
		expect(errorsOf(await path().read())).toEqual(["timeout by client"]);
		expect(await stateOf(path(), LEGITIMATE)).toBe("active");
	});

	test("does not make room by packets of no connection", async () => {
		flood(path(), 200);
		flood(path(), 200, ">A");
		for (let i = 0; i < 100; i++) say(path(), `10.77.0.${i}`, ">A");
		expect(
			(await path().rowsOf("flows")).filter(({ client }) => String(client).startsWith("10.77.")),
		).toEqual([]);
	});
});

/** Of a connection that finds no room, as of any other: what is told of its packets, and the errors of its request. */
const FATES: readonly (readonly [what: string, script: string, errors: readonly string[]])[] = [
	["refused", ">S <RA", ["refused by endpoint"]],
	["refused, and its RST sent again", ">S <RA <RA", ["refused by endpoint"]],
	["given up by the client", ">S <SA >R", ["refused by client"]],
	["reset by the endpoint", ">S <SA >A >PA <R", ["reset by endpoint"]],
	["reset by the client", ">S <SA >A <PA >R", ["reset by client"]],
	["closed by both sides", ">S <SA >A >FA <FA >A >R", []],
	["under way", ">S <SA >A >PA <PA", []],
];

describeInKernel("a flow table full of established connections", () => {
	const path = withTestPath({ flows: 16 });

	test("counts the requests of those that find no room", async () => {
		flood(path(), 16, ">S <SA >A");
		for (let i = 0; i < 10; i++) say(path(), `10.77.0.${i}`, ">S <SA >A >PA");
		const reading = await path().read();
		expect(requestsOf(reading)).toBe(26);
		expect(reading.flows.active.tcp).toBe(16);
		expect(trafficOf(reading)["tcp IPv4"]?.packets).toBe(16 * 3 + 10 * 4);
	});

	test("counts each of them once, however often it tries", async () => {
		flood(path(), 16, ">S <SA >A");
		for (let i = 0; i < 5; i++) say(path(), LEGITIMATE, ">S");
		expect(requestsOf(await path().read())).toBe(17);
	});

	test("counts a UDP flow without room as one request", async () => {
		flood(path(), 16, ">S <SA >A");
		const datagram = packet(
			ethernet(),
			ip({ from: LEGITIMATE, to: VIP.IPv4 }),
			udp({ from: 40000, to: SERVICE_PORT }),
		);
		for (let i = 0; i < 5; i++) path().ingress(datagram);
		expect(requestsOf(await path().read())).toBe(17);
	});

	test.each(FATES)("counts the errors of those that find no room: %s", async (_, script, errors) => {
		flood(path(), 16, ">S <SA >A");
		say(path(), LEGITIMATE, script);
		const reading = await path().read();
		expect(await path().rowsOf("flows")).toHaveLength(16);
		expect(requestsOf(reading)).toBe(17);
		expect(errorsOf(reading)).toEqual(errors);
	});

	test("counts a handshake that the client gives up for another one", async () => {
		flood(path(), 16, ">S <SA >A");
		say(path(), LEGITIMATE, ">S");
		say(path(), LEGITIMATE, ">S <SA >A", 7000);
		const reading = await path().read();
		expect(requestsOf(reading)).toBe(18);
		expect(errorsOf(reading)).toEqual(["timeout by network"]);
	});

	test("counts what ICMP says of those that find no room", async () => {
		flood(path(), 16, ">S <SA >A");
		const addresses = { from: LEGITIMATE, to: VIP.IPv4 };
		const ports = { from: 40000, to: SERVICE_PORT };
		path().ingress(packet(ethernet(), ip(addresses), udp(ports)));
		const complaint = packet(
			ethernet(),
			ip({ from: VIP.IPv4, to: LEGITIMATE }),
			unreachable("IPv4", 3),
			ip(addresses),
			udp(ports),
		);
		path().egress(complaint);
		path().egress(complaint);
		expect(errorsOf(await path().read())).toEqual(["unreachable by endpoint"]);
	});
});

describeInKernel("handshakes that nobody completes and that find no room", () => {
	const path = withQuickPath({ flows: 16 });

	test("time out", async () => {
		flood(path(), 20);
		say(path(), LEGITIMATE, ">S <SA");
		await sleep(PAST_LIMIT_MS);
		await path().read();
		const errors = errorsOf(await path().read());
		expect(errors.toSorted()).toEqual(["timeout by client", ...Array<string>(20).fill("timeout by network")]);
	});
});
