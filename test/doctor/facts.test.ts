/** What makes a fact ok, a warning or a failure. What needs a kernel is in test/e2e/rights/doctor.test.ts. */
import { describe, expect, test } from "vitest";
import { parseFlowtable } from "../../src/bpf/flowtables.ts";
import { timeFact } from "../../src/doctor/clock.ts";
import { flowtableFact } from "../../src/doctor/flowtables.ts";
import { orderFact } from "../../src/doctor/interfaces.ts";
import { versionFact } from "../../src/doctor/kernel.ts";
import { roomInMemory } from "../../src/doctor/memory.ts";
import { offloadFacts } from "../../src/doctor/offloads.ts";

test.each([
	["5.15.0-91-generic", "fail"],
	["6.0.19", "fail"],
	["6.1.0-13-amd64", "ok"],
	["6.18.44", "ok"],
	["7.0.0-rc1", "ok"],
])("a kernel %s is %s", (version, status) => {
	expect(versionFact(version).status).toBe(status);
});

describe("programs on an interface", () => {
	const ours = { by: "tcx", name: "ingress_etherne", isOurs: true } as const;
	const link = { by: "tcx", name: "cil_from_netdev", isOurs: false } as const;
	const filter = { by: "clsact", name: "u32 at 5", isOurs: false } as const;

	test.each([
		["nobody's", "ingress", [], []],
		["ours alone", "egress", [ours], []],
		["others behind ours at ingress", "ingress", [ours, link, filter], ["ok"]],
		["one before ours at ingress", "ingress", [link, ours], ["warn"]],
		["one before ours at egress", "egress", [link, ours], ["ok"]],
		["one behind ours at egress", "egress", [ours, link], ["warn"]],
		["a filter at egress, which runs after tcx", "egress", [ours, filter], ["warn"]],
		["a filter at egress before ours is there", "egress", [filter], ["warn"]],
		["others at ingress before ours is there", "ingress", [link, filter], ["ok"]],
	] as const)("%s", (_, direction, programs, statuses) => {
		expect(orderFact({ name: "eth0" }, direction, programs).map(({ status }) => status)).toEqual(statuses);
	});

	test("are told in their order", () => {
		expect(orderFact({ name: "eth0" }, "ingress", [ours, link, filter])[0]?.text).toBe(
			"eth0 ingress: lbscope -> cil_from_netdev (tcx) -> u32 at 5 (clsact)",
		);
	});
});

test("room is what the machine has, or the narrowest of the cgroups", () => {
	const meminfo = "MemTotal:       1000 kB\nMemAvailable:    500 kB\n";
	expect(roomInMemory(meminfo, [])).toBe(512_000);
	expect(roomInMemory(meminfo, [{ max: undefined, current: 7 }])).toBe(512_000);
	expect(
		roomInMemory(meminfo, [
			{ max: 300_000, current: 100_000 },
			{ max: 900_000, current: 0 },
		]),
	).toBe(200_000);
	expect(roomInMemory(meminfo, [{ max: 1, current: 2 }])).toBe(0);
});

test("LRO and offloaded tc rules are warned of, by interface", () => {
	expect(offloadFacts("eth0", new Set(["rx-gro", "tx-tcp-segmentation"]))).toEqual([]);
	const facts = offloadFacts("eth0", new Set(["rx-lro", "hw-tc-offload"]));
	expect(facts.map(({ status, todo }) => `${status}: ${todo}`)).toEqual([
		"warn: ethtool -K eth0 lro off",
		"warn: ethtool -K eth0 hw-tc-offload off, unless nothing is offloaded",
	]);
});

test.each([
	[0, "ok"],
	[1, "warn"],
	[2, "ok"],
	[3, "warn"],
])("a flowtable with flags %d is %s", (flags, status) => {
	// struct nfgenmsg, then the attributes table, name and flags (big-endian), as the kernel writes them.
	const message = Buffer.concat([
		Buffer.alloc(4),
		attribute(1, "filter\0"),
		attribute(2, "ft\0"),
		attribute(7, flags),
	]);
	expect(parseFlowtable(message)).toEqual({ table: "filter", name: "ft", isInHardware: status === "warn" });
	expect(flowtableFact(parseFlowtable(message)).status).toBe(status);
});

function attribute(type: number, value: string | number): Buffer {
	const bytes = typeof value === "string" ? Buffer.from(value) : Buffer.alloc(4);
	if (typeof value === "number") bytes.writeUInt32BE(value);
	const whole = Buffer.alloc(4 + Math.ceil(bytes.length / 4) * 4);
	whole.writeUInt16LE(4 + bytes.length, 0);
	whole.writeUInt16LE(type, 2);
	whole.set(bytes, 4);
	return whole;
}

test("a time before lbscope was written cannot be", () => {
	expect(timeFact(0).status).toBe("fail");
	expect(timeFact(Date.UTC(2026, 0, 1)).status).toBe("ok");
});
