/** Idle flows: two walks remove them, so that no packet is lost between. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Protocol } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ordinaryPacket } from "./cast.ts";
import { converse, outcomeOf } from "./conversation.ts";
import { PAST_LIMIT_MS, withQuickPath } from "./quick-path.ts";
import { errorsOf, pairsOf, requestsOf, trafficOf } from "./seen.ts";

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
