/**
 * Connections that begin in a former set of maps after it was copied, and go on in the next one before it is copied
 * again: known to both, they count once.
 */
import { afterEach, expect, test } from "vitest";
import { runOnPacket } from "../../src/bpf/test-run.ts";
import type { LastingDataPath } from "../../src/sources/lasting-data-path.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { ENDPOINT, onLeg, ordinaryPacket, sctpOn, tcpOn } from "./cast.ts";
import { bookedPage, open, pageOf } from "./lasting-set.ts";
import { bytes } from "./packets/packet.ts";
import { createContextEncoder } from "./skb-context.ts";

const REQUEST = ordinaryPacket("client to VIP", "IPv4", "udp");
const ANSWER = ordinaryPacket("VIP to client", "IPv4", "udp");
const SYN = onLeg("client to VIP", "IPv4", tcpOn("client to VIP", { flags: "S", sequence: 7 }), bytes(0));
const PASSED_ON = onLeg("to endpoint", "IPv4", tcpOn("to endpoint", { flags: "S", sequence: 7 }), bytes(0));
const INIT = onLeg("client to VIP", "IPv4", sctpOn("client to VIP", { chunk: "INIT", tag: 7 }));

/** The first packet of a connection, and one that comes later. */
const BEGINNINGS = [
	{ what: "a UDP conversation", service: "udp IPv4", first: REQUEST, later: REQUEST },
	{ what: "a SYN that is sent again", service: "tcp IPv4", first: SYN, later: SYN },
	{ what: "an INIT that is sent again", service: "sctp IPv4", first: INIT, later: INIT },
] as const;

describeInKernel("between two copies of a former set", () => {
	const root = withBpffs();
	let former: LastingDataPath;
	let next: LastingDataPath;
	const opened: LastingDataPath[] = [];

	afterEach(() => {
		for (const path of opened.splice(0)) path.close();
	});

	async function openBoth(flows: { readonly former?: number; readonly next?: number } = {}): Promise<void> {
		const directory = root();
		former = await open(directory, { flows: flows.former ?? 1024 });
		opened.push(former);
		next = await open(directory, { flows: flows.next ?? 2048 });
		opened.push(next);
	}

	function receive({ object }: LastingDataPath, packet: Buffer): void {
		runOnPacket(object.program("ingress_ethernet"), packet);
	}

	function send({ object }: LastingDataPath, packet: Buffer): void {
		const context = createContextEncoder(object.structs)({ ingress_ifindex: 1 });
		runOnPacket(object.program("egress_ethernet"), packet, { context });
	}

	/** 16 flows that leave no room for others. */
	function fill({ object }: LastingDataPath): void {
		for (let port = 1; port <= 16; port++) {
			const packet = Buffer.from(REQUEST);
			packet.writeUInt16BE(port, 34);
			runOnPacket(object.program("ingress_ethernet"), packet);
		}
	}

	async function countsOf(service: string) {
		const { services } = await pageOf(next);
		const { packets, requests } = services.find(({ label }) => label === service) ?? {};
		return { packets, requests };
	}

	test.each(BEGINNINGS)("$what is one request", async ({ service, first, later }) => {
		await openBoth();
		receive(former, first);
		receive(next, later);
		receive(next, later);
		await next.carryOver();
		receive(next, later);
		expect(await countsOf(service)).toEqual({ packets: 4, requests: 1 });
	});

	test("is copied again as often as it may be, after an end in the middle", async () => {
		await openBoth();
		receive(former, REQUEST);
		receive(next, REQUEST);
		await next.carryOver();
		await next.carryOver();
		expect(await countsOf("udp IPv4")).toEqual({ packets: 2, requests: 1 });
	});

	test("another handshake from the same port is another request", async () => {
		await openBoth();
		receive(former, SYN);
		const other = tcpOn("client to VIP", { flags: "S", sequence: 8 });
		receive(next, onLeg("client to VIP", "IPv4", other, bytes(0)));
		await next.carryOver();
		expect(await countsOf("tcp IPv4")).toEqual({ packets: 2, requests: 2 });
	});

	test("what only an answer made known to the former set is a request of the next one", async () => {
		await openBoth();
		send(former, ANSWER);
		receive(next, REQUEST);
		await next.carryOver();
		expect(await countsOf("udp IPv4")).toEqual({ packets: 2, requests: 1 });
	});

	test("a connection that ends in the next set is the error of its request", async () => {
		await openBoth();
		receive(former, SYN);
		send(former, onLeg("VIP to client", "IPv4", tcpOn("VIP to client", { flags: "SA" }), bytes(0)));
		receive(former, ordinaryPacket("client to VIP", "IPv4", "tcp"));
		receive(next, ordinaryPacket("client to VIP", "IPv4", "tcp"));
		await next.carryOver();
		send(next, onLeg("VIP to client", "IPv4", tcpOn("VIP to client", { flags: "R" }), bytes(0)));
		const { services } = await pageOf(next);
		expect(services.find(({ label }) => label === "tcp IPv4")).toMatchObject({
			requests: 1,
			errors: [{ reason: "reset", origin: "endpoint", count: 1 }],
		});
	});

	test("an endpoint that the former set knew is that of what the next one counts", async () => {
		await openBoth();
		receive(former, SYN);
		send(former, PASSED_ON);
		receive(next, ordinaryPacket("client to VIP", "IPv4", "tcp"));
		await next.carryOver();
		const { pairs } = await bookedPage(next);
		expect(pairs).toEqual([expect.objectContaining({ endpoint: ENDPOINT.IPv4, packets: 2 })]);
	});

	test("a conversation without room in the former set is one request", async () => {
		await openBoth({ former: 16 });
		fill(former);
		receive(former, REQUEST);
		receive(next, REQUEST);
		await next.carryOver();
		expect(await countsOf("udp IPv4")).toEqual({ packets: 18, requests: 17 });
	});

	test("a conversation without room in either set is one request", async () => {
		await openBoth({ former: 16, next: 17 });
		fill(former);
		fill(next);
		const packet = Buffer.from(REQUEST);
		packet.writeUInt16BE(99, 34);
		receive(next, packet);
		receive(former, REQUEST);
		receive(next, REQUEST);
		await next.carryOver();
		receive(next, REQUEST);
		expect(await countsOf("udp IPv4")).toEqual({ packets: 36, requests: 18 });
	});

	test("a conversation with room in the former set only is one request", async () => {
		await openBoth({ next: 16 });
		for (const path of [former, next]) {
			fill(path);
			receive(path, REQUEST);
		}
		await next.carryOver();
		receive(next, REQUEST);
		expect(await countsOf("udp IPv4")).toEqual({ packets: 35, requests: 17 });
	});

	test("a conversation for which there is no room at the first copy is one request", async () => {
		const directory = root();
		former = await open(directory, { flows: 1024 });
		opened.push(former);
		fill(former);
		receive(former, REQUEST);
		next = await open(directory, { flows: 16 });
		opened.push(next);
		fill(next);
		receive(next, REQUEST);
		await next.carryOver();
		expect(await countsOf("udp IPv4")).toEqual({ packets: 34, requests: 17 });
	});

	test("a conversation that had no room before the first copy is one request", async () => {
		const directory = root();
		former = await open(directory, { flows: 16 });
		opened.push(former);
		fill(former);
		receive(former, REQUEST);
		next = await open(directory, { flows: 2048 });
		opened.push(next);
		receive(next, REQUEST);
		await next.carryOver();
		expect(await countsOf("udp IPv4")).toEqual({ packets: 18, requests: 17 });
	});
});
