import { describe, expect, it, test } from "vitest";
import { writeU64 } from "../../src/bpf/struct.ts";
import { decodeRows, decodeStatus } from "../../src/sources/decode-rows.ts";
import { encodeServiceKey } from "../../src/sources/slots.ts";
import { ADDRESS, address, endpointBytes, layouts, MAC, mapRows, pairRow } from "./rows.ts";

const PHASE_WRITING = 1;
const PHASE_KNOWN = 2;

function flowRow(endpoint: string, kind: number, phase: number, status: number): [Buffer, Buffer] {
	const { flowKey, flow } = layouts;
	const key = Buffer.alloc(flowKey.size);
	key.set(address("fd00::1"), flowKey.client);
	key.set(address("fd00::99"), flowKey.vip);
	key.writeUInt16BE(40000, flowKey.client_port);
	key.writeUInt16BE(80, flowKey.vip_port);
	key.writeUInt8(6, flowKey.protocol);
	const value = Buffer.alloc(flow.size);
	value.set(endpointBytes(endpoint, kind), flow.endpoint);
	value.writeUInt32LE(kind, flow.endpoint_kind);
	value.writeUInt32LE((7 << 2) | phase, flow.endpoint_version);
	value.writeUInt32LE(status, flow.status);
	value.writeUInt32LE(3, flow.slot);
	writeU64(value, 2, flow.pending_packets);
	writeU64(value, 80, flow.pending_bytes);
	writeU64(value, 1000, flow.opened);
	writeU64(value, 2000, flow.seen);
	return [key, value];
}

describe("a flow", () => {
	it("shows all of it", () => {
		const rows = mapRows([flowRow("10.2.0.1", ADDRESS, PHASE_KNOWN, 0x01_00_03_02)]);
		expect([...decodeRows("flows", rows, layouts)]).toEqual([
			{
				slot: 3,
				protocol: "tcp",
				client: "[fd00::1]:40000",
				vip: "[fd00::99]:80",
				endpoint: "10.2.0.1",
				state: "active",
				marks: ["counted", "answered"],
				error: undefined,
				generation: 1,
				pendingPackets: 2,
				pendingBytes: 80,
				openedJiffies: 1000,
				seenJiffies: 2000,
			},
		]);
	});

	it.each([
		["an Ethernet address", "02:00:00:00:00:e1", MAC, PHASE_KNOWN, "02:00:00:00:00:e1"],
		["none yet", "", 0, 0, "unknown"],
		["one that is being written", "10.2.0.1", ADDRESS, PHASE_WRITING, "unknown"],
	])("has as endpoint %s", (_, endpoint, kind, phase, text) => {
		const [row] = decodeRows("flows", mapRows([flowRow(endpoint, kind, phase, 0)]), layouts);
		expect(row?.endpoint).toBe(text);
	});
});

test.each([
	[0, { state: "new", marks: [], error: undefined, generation: 0 }],
	[0x01_00_01_01, { state: "opening", marks: ["counted"], error: undefined, generation: 1 }],
	[0x02_11_01_04, { state: "closed", marks: ["counted"], error: "refused by endpoint", generation: 2 }],
	[0x02_02_01_04, { state: "closed", marks: ["counted"], error: "reset by client", generation: 2 }],
	[0x02_23_01_04, { state: "closed", marks: ["counted"], error: "timeout by network", generation: 2 }],
	[0x02_24_01_02, { state: "active", marks: ["counted"], error: "unreachable by network", generation: 2 }],
	[0x02_15_01_04, { state: "closed", marks: ["counted"], error: "abort by endpoint", generation: 2 }],
	[
		0xff_00_3c_03,
		{
			state: "closing",
			marks: ["fin_client", "fin_endpoint", "expired", "removed"],
			error: undefined,
			generation: 255,
		},
	],
])("status %d in words", (status, words) => {
	expect(decodeStatus(status)).toEqual(words);
});

test("a service has its VIP, protocol and slot", () => {
	const service = { label: "dns", vip: "10.0.0.1", port: 53, protocol: "udp", endpoints: [] } as const;
	const rows = mapRows([[encodeServiceKey(service, layouts.serviceKey), Buffer.from([9, 0, 0, 0])]]);
	expect([...decodeRows("services", rows, layouts)]).toEqual([
		{ vip: "10.0.0.1:53", protocol: "udp", slot: 9 },
	]);
});

test("a pair has its traffic; a row whose pair is gone has none", () => {
	const row = { slot: 1, client: "10.1.0.1", endpoint: "10.2.0.1", packets: 3, bytes: 120 };
	const rows = mapRows([2, 3].map((version) => pairRow(version, { ...row, kind: ADDRESS })));
	expect([...decodeRows("pairs", rows, layouts)]).toEqual([row]);
});

test("totals are summed over the CPUs", () => {
	const { totals, traffic } = layouts;
	const value = Buffer.alloc(totals.size * 2);
	for (const cpu of [0, 1]) {
		writeU64(value, 10 + cpu, cpu * totals.size + totals.traffic + traffic.packets);
		writeU64(value, 100 + cpu, cpu * totals.size + totals.traffic + traffic.bytes);
		writeU64(value, 1, cpu * totals.size + totals.requests);
	}
	const rows = mapRows([[Buffer.from([2, 0, 0, 0]), value]], 2);
	expect([...decodeRows("totals", rows, layouts)]).toEqual([
		{ slot: 2, packets: 21, bytes: 201, requests: 2 },
	]);
});
