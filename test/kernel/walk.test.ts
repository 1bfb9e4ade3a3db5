/** The walk: handshakes that take too long, endpoints that stay unknown, states. How flows end is in expiry.test.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ENDPOINT, type Leg, onLeg, tcpOn } from "./cast.ts";
import { converse, outcomeOf } from "./conversation.ts";
import { forwardWithNat } from "./forward.ts";
import { udp } from "./packets/transport.ts";
import { PAST_LIMIT_MS, withQuickPath } from "./quick-path.ts";
import { pairsOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

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

	test("failed at the endpoint, too, when the client gives it up and begins another one", async () => {
		forwardWithNat(path(), "IPv4", SYN);
		converse(path(), "tcp", ">S#2 <SA#2 >A");
		expect(await outcomeOf(path())).toEqual({
			states: ["active"],
			requests: 2,
			errors: ["timeout by endpoint"],
		});
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
