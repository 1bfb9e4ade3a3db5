import { describe, expect, it } from "vitest";
import type { Neighbour } from "../../src/bpf/netlink.ts";
import { createEndpointNames, type KeptNames } from "../../src/sources/endpoint-names.ts";
import { address } from "./rows.ts";

const MAC = Buffer.from("0200000000e1", "hex");
const OTHER_MAC = Buffer.from("0200000000e2", "hex");

/** rtnetlink gives 4 bytes for IPv4. */
function neighbour(text: string, hardwareAddress = MAC): Neighbour {
	const bytes = Buffer.from(address(text));
	return { address: text.includes(":") ? bytes : bytes.subarray(12), hardwareAddress };
}

/** As the map `macs` keeps them, beyond the life of those who ask. */
function keptHere(): KeptNames {
	const kept = new Map<string, string>();
	const keyOf = (mac: Uint8Array, ipv4: boolean) => `${Buffer.from(mac).toString("hex")} ${ipv4}`;
	return {
		get: (mac, ipv4) => kept.get(keyOf(mac, ipv4)),
		set: (mac, ipv4, address) => void kept.set(keyOf(mac, ipv4), address),
	};
}

function namesOf(neighbours: readonly Neighbour[], preferred: readonly string[] = []) {
	return createEndpointNames(() => neighbours, new Set(preferred), keptHere());
}

describe("the name of an Ethernet address", () => {
	it("is the neighbour's IP address in the family of the client", () => {
		const names = namesOf([neighbour("fd00::5"), neighbour("10.0.0.5"), neighbour("10.0.0.6", OTHER_MAC)]);
		expect(names.nameOf(MAC, true)).toBe("10.0.0.5");
		expect(names.nameOf(MAC, false)).toBe("fd00::5");
		expect(names.nameOf(OTHER_MAC, true)).toBe("10.0.0.6");
	});

	it("is a configured endpoint's, if the machine has several", () => {
		const names = namesOf([neighbour("10.0.0.4"), neighbour("10.0.0.5")], ["10.0.0.5"]);
		expect(names.nameOf(MAC, true)).toBe("10.0.0.5");
	});

	it("is no link-local address", () => {
		const names = namesOf([neighbour("fe80::1"), neighbour("fd00::5")]);
		expect(names.nameOf(MAC, false)).toBe("fd00::5");
		expect(namesOf([neighbour("fe80::1")]).nameOf(MAC, false)).toBe("02:00:00:00:00:e1");
	});

	it("is itself without a neighbour", () => {
		expect(namesOf([]).nameOf(MAC, true)).toBe("02:00:00:00:00:e1");
	});
});

describe("names", () => {
	it("stay: a counter must not move to another series", () => {
		let neighbours: Neighbour[] = [];
		const names = createEndpointNames(() => neighbours, new Set(), keptHere());
		expect(names.nameOf(MAC, true)).toBe("02:00:00:00:00:e1");
		neighbours = [neighbour("10.0.0.5")];
		names.forgetNeighbours();
		expect(names.nameOf(MAC, true)).toBe("02:00:00:00:00:e1");
	});

	it("stay over a restart, found or not", () => {
		const kept = keptHere();
		const before = createEndpointNames(() => [neighbour("10.0.0.5")], new Set(), kept);
		expect(before.nameOf(MAC, true)).toBe("10.0.0.5");
		expect(before.nameOf(OTHER_MAC, true)).toBe("02:00:00:00:00:e2");
		const neighbours = [neighbour("10.0.0.7"), neighbour("10.0.0.8", OTHER_MAC)];
		const after = createEndpointNames(() => neighbours, new Set(), kept);
		expect(after.nameOf(MAC, true)).toBe("10.0.0.5");
		expect(after.nameOf(OTHER_MAC, true)).toBe("02:00:00:00:00:e2");
	});

	it("cost one look at the neighbours for each poll, and none when all are known", () => {
		let looks = 0;
		const read = () => {
			looks++;
			return [];
		};
		const names = createEndpointNames(read, new Set(), keptHere());
		names.nameOf(MAC, true);
		names.nameOf(OTHER_MAC, true);
		expect(looks).toBe(1);
		names.forgetNeighbours();
		names.nameOf(MAC, true);
		expect(looks).toBe(1);
		names.nameOf(MAC, false);
		expect(looks).toBe(2);
	});
});
