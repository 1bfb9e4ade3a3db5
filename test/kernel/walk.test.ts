/** The walk: what time alone does to flows. Two walks remove what is idle, so that no packet is lost between. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import type { Protocol } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ENDPOINT, type Leg, onLeg, ordinaryPacket, tcpOn } from "./cast.ts";
import { converse, outcomeOf } from "./conversation.ts";
import { forwardWithNat } from "./forward.ts";
import { udp } from "./packets/transport.ts";
import { errorsOf, pairsOf, requestsOf, trafficOf } from "./seen.ts";
import { type TestPath, withTestPath } from "./test-path.ts";

const LIMIT_MS = 200;
const QUICK = {
	tcpHandshakeMs: LIMIT_MS,
	tcpEstablishedMs: LIMIT_MS,
	tcpClosingMs: LIMIT_MS,
	udpMs: LIMIT_MS,
	sctpMs: LIMIT_MS,
};
const PAST_LIMIT_MS = LIMIT_MS + 60;

/** The first walk reads the clocks; a later one knows from them how long a tick is. */
function withQuickPath(): () => TestPath {
	const path = withTestPath({ timeouts: QUICK });
	beforeAll(async () => {
		await path().read();
		await sleep(250);
	});
	return path;
}

const SYN = (leg: Leg) => [tcpOn(leg, { flags: "S", sequence: 1000 })];

describeInKernel("a handshake that takes too long", () => {
	const path = withQuickPath();

	test("is no error before its time", async () => {
		converse(path(), "tcp", ">S");
		expect(await outcomeOf(path())).toEqual({ states: ["opening"], requests: 1, errors: [] });
	});

	test("was lost in the network when no endpoint was seen", async () => {
		converse(path(), "tcp", ">S");
		await sleep(PAST_LIMIT_MS);
		expect(await outcomeOf(path())).toEqual({
			states: ["closed"],
			requests: 1,
			errors: ["timeout by network"],
		});
	});

	test("failed at the endpoint when it had the SYN and was silent", async () => {
		forwardWithNat(path(), "IPv4", SYN);
		await sleep(PAST_LIMIT_MS);
		expect((await outcomeOf(path())).errors).toEqual(["timeout by endpoint"]);
	});

	test("failed at the client when the endpoint had answered", async () => {
		forwardWithNat(path(), "IPv4", SYN);
		converse(path(), "tcp", "<SA");
		await sleep(PAST_LIMIT_MS);
		expect((await outcomeOf(path())).errors).toEqual(["timeout by client"]);
	});

	test("of SCTP likewise", async () => {
		converse(path(), "sctp", ">INIT <INIT_ACK");
		await sleep(PAST_LIMIT_MS);
		expect((await outcomeOf(path())).errors).toEqual(["timeout by client"]);
	});

	test("is measured from its beginning: retransmissions prolong nothing", async () => {
		converse(path(), "tcp", ">S");
		await sleep(PAST_LIMIT_MS);
		converse(path(), "tcp", ">S");
		expect((await outcomeOf(path())).errors).toHaveLength(1);
	});

	test("that was picked up under way is no error, for it was no request", async () => {
		converse(path(), "tcp", "<SA");
		await sleep(PAST_LIMIT_MS);
		expect(await outcomeOf(path())).toEqual({ states: ["closed"], requests: 0, errors: [] });
	});

	test("may still end well: the error stays, and no second one comes", async () => {
		converse(path(), "tcp", ">S");
		await sleep(PAST_LIMIT_MS);
		await path().read();
		converse(path(), "tcp", ">S <SA >A");
		expect(await outcomeOf(path())).toEqual({
			states: ["active"],
			requests: 1,
			errors: ["timeout by network"],
		});
		converse(path(), "tcp", "<R");
		expect(await outcomeOf(path())).toEqual({
			states: ["closed"],
			requests: 1,
			errors: ["timeout by network"],
		});
	});

	test("is one error, however many walks see it", async () => {
		converse(path(), "tcp", ">S");
		await sleep(PAST_LIMIT_MS);
		for (let i = 0; i < 3; i++) await path().read();
		expect(await outcomeOf(path())).toEqual({
			states: ["closed"],
			requests: 1,
			errors: ["timeout by network"],
		});
	});
});

const IDLE: readonly { what: string; protocol: Protocol; script: string }[] = [
	{ what: "established TCP", protocol: "tcp", script: ">S <SA >A" },
	{ what: "TCP that one side closed", protocol: "tcp", script: ">S <SA >A >FA" },
	{ what: "one-way TCP that the client closed", protocol: "tcp", script: ">S >A >FA" },
	{ what: "UDP", protocol: "udp", script: ">data <data" },
	{ what: "SCTP", protocol: "sctp", script: ">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK" },
	{
		what: "SCTP that shuts down",
		protocol: "sctp",
		script: ">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK >SHUTDOWN",
	},
];

describeInKernel("an idle flow", () => {
	const path = withQuickPath();

	test.each(IDLE)(
		"is inactive after one walk, gone after two, and no error: $what",
		async ({ protocol, script }) => {
			converse(path(), protocol, script);
			await sleep(PAST_LIMIT_MS);
			expect((await path().read()).flows).toEqual({ active: { tcp: 0, udp: 0, sctp: 0 }, inactive: 1 });
			const reading = await path().read();
			expect(reading.flows.inactive).toBe(0);
			expect(await path().rowsOf("flows")).toEqual([]);
			expect(errorsOf(reading)).toEqual([]);
		},
	);

	test.each([
		{ what: "TCP", protocol: "tcp", script: ">S <SA >A", packet: ">PA", requests: 1 },
		{ what: "UDP, by an answer", protocol: "udp", script: ">data", packet: "<data", requests: 1 },
		{
			what: "SCTP",
			protocol: "sctp",
			script: ">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK",
			packet: "<DATA",
			requests: 1,
		},
		{
			what: "UDP from the client, as a new request",
			protocol: "udp",
			script: ">data",
			packet: ">data",
			requests: 2,
		},
	] as const)(
		"is saved by a packet between the walks: $what",
		async ({ protocol, script, packet, requests }) => {
			converse(path(), protocol, script);
			await sleep(PAST_LIMIT_MS);
			await path().read();
			converse(path(), protocol, packet);
			const reading = await path().read();
			expect(reading.flows.active[protocol]).toBe(1);
			expect(requestsOf(reading)).toBe(requests);
			expect((await path().read()).flows.active[protocol]).toBe(1);
		},
	);

	test("that is gone begins again as a new request", async () => {
		converse(path(), "udp", ">data");
		await sleep(PAST_LIMIT_MS);
		await path().read();
		await path().read();
		converse(path(), "udp", ">data");
		expect(await outcomeOf(path())).toEqual({ states: ["active"], requests: 2, errors: [] });
	});

	test("leaves its traffic behind, whole", async () => {
		path().ingress(ordinaryPacket("client to VIP", "IPv4", "udp", 72));
		await sleep(PAST_LIMIT_MS);
		await path().read();
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({ "udp IPv4": { packets: 1, bytes: 100 } });
		expect(pairsOf(reading)).toEqual([
			{ service: "udp IPv4", client: CLIENT.IPv4, endpoint: "unknown", packets: 1, bytes: 100 },
		]);
	});
});

describeInKernel("a flow whose endpoint", () => {
	const path = withTestPath();

	test("is known is booked at the next walk", async () => {
		forwardWithNat(path(), "IPv4", SYN);
		expect(pairsOf(await path().read())).toEqual([
			{ service: "tcp IPv4", client: CLIENT.IPv4, endpoint: ENDPOINT.IPv4, packets: 1, bytes: 40 },
		]);
	});

	test("stays unknown waits for one second, and then counts as unknown for good", async () => {
		await path().read();
		converse(path(), "tcp", ">S");
		expect(pairsOf(await path().read())).toEqual([]);
		await sleep(1300);
		const unknown = { service: "tcp IPv4", client: CLIENT.IPv4, endpoint: "unknown" };
		expect(pairsOf(await path().read())).toEqual([{ ...unknown, packets: 1, bytes: 40 }]);
		forwardWithNat(path(), "IPv4", SYN);
		const known = { ...unknown, endpoint: ENDPOINT.IPv4, packets: 1, bytes: 40 };
		const rows = pairsOf(await path().read());
		expect(rows).toHaveLength(2);
		expect(rows).toEqual(expect.arrayContaining([known, { ...unknown, packets: 1, bytes: 40 }]));
	});
});

describeInKernel("a closed flow", () => {
	const path = withQuickPath();

	test("is kept for 5 s, for late packets, whatever the timeouts; then it goes in two walks", async () => {
		converse(path(), "tcp", ">S <SA >A >FA <FA");
		await sleep(PAST_LIMIT_MS);
		for (let i = 0; i < 3; i++) expect((await path().read()).flows.inactive).toBe(1);
		await sleep(5300);
		expect((await path().read()).flows.inactive).toBe(1);
		expect((await path().read()).flows.inactive).toBe(0);
	});
});

describeInKernel("the states that a walk counts", () => {
	const path = withTestPath();

	test("are those of all flows", async () => {
		const from = (port: number) =>
			path().ingress(onLeg("client to VIP", "IPv4", udp({ from: port, to: 80 })));
		for (let port = 1; port <= 20; port++) from(port);
		converse(path(), "tcp", ">S <SA >A", "IPv4");
		converse(path(), "tcp", ">S", "IPv6");
		converse(path(), "sctp", ">INIT <ABORT", "IPv4");
		converse(path(), "sctp", ">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK", "IPv6");
		const { flows, maps } = await path().read();
		expect(flows).toEqual({ active: { tcp: 1, udp: 20, sctp: 1 }, inactive: 2 });
		expect(maps.find(({ map }) => map === "flows")?.entries).toBe(24);
	});
});
