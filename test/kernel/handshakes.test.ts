/**
 * How handshakes end, by endpoint. Scripts as in conversation.ts; what begins a flow (`>S`, `>INIT`) goes on to the
 * endpoint here, and `<ICMP` says that the endpoint's port is closed.
 */
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { lookup, update } from "../../src/bpf/map.ts";
import type { Protocol } from "../../src/model/service.ts";
import { openLastingDataPath } from "../../src/sources/lasting-data-path.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import {
	addressesOf,
	ENDPOINT,
	ENDPOINT_PORT,
	FAMILIES,
	type Family,
	SERVICES,
	sctpOn,
	tcpOn,
	transportOn,
} from "./cast.ts";
import { converse } from "./conversation.ts";
import { forwardWithNat } from "./forward.ts";
import { unreachable } from "./packets/icmp.ts";
import { ip } from "./packets/ip.ts";
import { ethernet, packet } from "./packets/packet.ts";
import { PAST_LIMIT_MS, withQuickPath } from "./quick-path.ts";
import { type TestPath, withTestPath } from "./test-path.ts";

function hold(path: TestPath, protocol: Protocol, script: string, family: Family): void {
	for (const word of script.split(" ")) {
		const begun = /^>(?:S|INIT)(?:#(\d))?$/.exec(word);
		if (word === "<ICMP") path.egress(portUnreachable(protocol, family));
		else if (begun) begin(path, protocol, Number(begun[1] ?? 1), family);
		else converse(path, protocol, word, family);
	}
}

function begin(path: TestPath, protocol: Protocol, number: number, family: Family): void {
	forwardWithNat(path, family, (leg) => {
		if (protocol === "tcp") return [tcpOn(leg, { flags: "S", sequence: 1000 * number })];
		return [sctpOn(leg, { chunk: "INIT", tag: 0, initiateTag: number })];
	});
}

function portUnreachable(protocol: Protocol, family: Family): Buffer {
	const about = addressesOf("client to VIP", family);
	const quoted = [ip(about), transportOn("client to VIP", protocol)];
	const code = family === "IPv4" ? 3 : 4;
	return packet(ethernet(), ip({ from: about.to, to: about.from }), unreachable(family, code), ...quoted);
}

/** `failed` or `completed`, as far as there is anything to say. */
async function handshakesOf(path: TestPath, protocol: Protocol, family: Family): Promise<string> {
	await path.read();
	const rows = await path.rowsOf("handshakes");
	const own = rows.find((row) => row.protocol === protocol && row.endpoint === ENDPOINT[family]);
	if (!own) return "nothing";
	expect(own.port).toBe(ENDPOINT_PORT);
	const { failed, reason, completed } = own;
	return `${failed} failed${failed ? ` (${reason})` : ""}${completed ? ", completed" : ""}`;
}

/** Protocol; what happens; script; what is known of the endpoint. */
const CASES: readonly (readonly [Protocol, string, string, string])[] = [
	["tcp", "a SYN", ">S", "nothing"],
	["tcp", "a handshake", ">S <SA >A", "0 failed, completed"],
	["tcp", "a refusal", ">S <RA", "1 failed (refused)"],
	["tcp", "two refusals", ">S <RA >S#2 <RA", "2 failed (refused)"],
	["tcp", "a refusal after a handshake", ">S <SA >A >R >S#2 <RA", "1 failed (refused), completed"],
	["tcp", "a handshake after refusals", ">S <RA >S#2 <RA >S#3 <SA#3 >A#3", "0 failed, completed"],
	["tcp", "a closed port told by ICMP", ">S <ICMP", "1 failed (unreachable)"],
	["tcp", "a client that goes away", ">S <SA >R", "nothing"],
	["tcp", "a client that gives up and tries again", ">S >S#2", "1 failed (timeout)"],
	["tcp", "a client that was answered and tries again all the same", ">S <SA >S#2", "nothing"],
	["tcp", "a reset of an established connection", ">S <SA >A <R", "0 failed, completed"],
	["sctp", "an association", ">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK", "0 failed, completed"],
	["sctp", "an INIT that is aborted", ">INIT <ABORT", "1 failed (abort)"],
	["sctp", "a client that aborts", ">INIT >ABORT", "nothing"],
];

describeInKernel("what is known of an endpoint after", () => {
	const path = withTestPath();

	test.each(FAMILIES.flatMap((family) => CASES.map((row) => [family, ...row] as const)))(
		"%s, %s: %s",
		async (family, protocol, _, script, known) => {
			hold(path(), protocol, script, family);
			expect(await handshakesOf(path(), protocol, family)).toBe(known);
		},
	);

	test("a handshake of which nobody saw where it went: nothing", async () => {
		converse(path(), "tcp", ">S <RA");
		await path().read();
		expect(await path().rowsOf("handshakes")).toEqual([]);
	});
});

describeInKernel("a handshake that takes too long", () => {
	const path = withQuickPath();

	test("is the endpoint's failure when it was silent, and none when it goes on later", async () => {
		hold(path(), "tcp", ">S", "IPv4");
		await sleep(PAST_LIMIT_MS);
		expect(await handshakesOf(path(), "tcp", "IPv4")).toBe("1 failed (timeout)");
		hold(path(), "tcp", "<SA >A", "IPv4");
		expect(await handshakesOf(path(), "tcp", "IPv4")).toBe("0 failed, completed");
	});
});

describeInKernel("rows of endpoints", () => {
	const path = withTestPath();

	test("go when no service has them any more", async () => {
		hold(path(), "tcp", ">S <RA", "IPv4");
		const before = (await path().read()).maps.find(({ map }) => map === "handshakes");
		expect(before).toEqual({ map: "handshakes", entries: 1, capacity: 16_384 });
		await path().apply(SERVICES.map((service) => ({ ...service, endpoints: [] })));
		await path().read();
		expect(await path().rowsOf("handshakes")).toEqual([]);
		await path().apply(SERVICES);
	});
});

describeInKernel("what is known of endpoints", () => {
	const root = withBpffs();

	test("lasts while the exporter is away", async () => {
		const options = {
			root: root(),
			version: "0.0.0",
			services: SERVICES,
			limits: { flows: 64, pairs: 64, services: 16, clientPrefix: { ipv4: 32, ipv6: 128 } },
			timeouts: { tcpHandshakeMs: 1, tcpEstablishedMs: 1, tcpClosingMs: 1, udpMs: 1, sctpMs: 1 },
		};
		mkdirSync(options.root);
		const first = await openLastingDataPath(options);
		const map = first.object.map("handshakes");
		const [key, value] = [Buffer.alloc(map.keySize, 1), Buffer.alloc(map.valueSize, 2)];
		update(map, key, value);
		first.close();
		const second = await openLastingDataPath(options);
		expect(lookup(second.object.map("handshakes"), key)?.subarray(0, map.valueSize)).toEqual(value);
		second.close();
	});
});
