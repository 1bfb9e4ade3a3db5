import { describe, expect, it, test } from "vitest";
import { hasEthernetHeader, isStackedOn, lowestLinks } from "../../src/bpf/links.ts";
import type { Link } from "../../src/bpf/netlink.ts";

function link(index: number, name: string, fields: Partial<Link> = {}): Link {
	return { index, name, hardwareType: 1, up: true, kind: "", master: undefined, lower: undefined, ...fields };
}

const LOOPBACK = link(1, "lo", { hardwareType: 772 });

/** Each list from the bottom up: every device lies on the one before. */
const STACKS: readonly [string, Link[]][] = [
	["a port and its bridge", [link(2, "eth0", { master: 3 }), link(3, "br0", { kind: "bridge" })]],
	["a member and its bond", [link(2, "eth0", { master: 3 }), link(3, "bond0", { kind: "bond" })]],
	["a VLAN", [link(2, "eth0"), link(3, "eth0.5", { kind: "vlan", lower: 2 })]],
	["a macvlan", [link(2, "eth0"), link(3, "mv0", { kind: "macvlan", lower: 2 })]],
	["an ipvlan", [link(2, "eth0"), link(3, "iv0", { kind: "ipvlan", lower: 2 })]],
	[
		"a VLAN on a bridge on a bond",
		[
			link(2, "eth0", { master: 3 }),
			link(3, "bond0", { kind: "bond", master: 4 }),
			link(4, "br0", { kind: "bridge" }),
			link(5, "br0.7", { kind: "vlan", lower: 4 }),
		],
	],
	[
		"QinQ",
		[
			link(2, "eth0"),
			link(3, "eth0.5", { kind: "vlan", lower: 2 }),
			link(4, "eth0.5.6", { kind: "vlan", lower: 3 }),
		],
	],
];

describe.each(STACKS)("%s", (_, stack) => {
	const links = [LOOPBACK, ...stack];

	it("is stacked: each device on all below, and on none above", () => {
		stack.forEach((upper, i) => {
			stack.forEach((lower, j) => {
				expect(isStackedOn(links, upper, lower), `${upper.name} on ${lower.name}`).toBe(i > j);
			});
		});
	});

	it("is watched at its lowest device only", () => {
		expect(lowestLinks(links)).toEqual(stack.slice(0, 1));
	});
});

/** None of them carries the packets of another as they are. */
const APART: readonly [string, Link[]][] = [
	[
		"veth peers in one namespace",
		[link(2, "v0", { kind: "veth", lower: 3 }), link(3, "v1", { kind: "veth", lower: 2 })],
	],
	["a tunnel and the device below", [link(2, "eth0"), link(3, "vx0", { kind: "vxlan", lower: 2 })]],
	["two ports of one bridge", [link(2, "p0", { master: 9 }), link(3, "p1", { master: 9 })]],
	["a VLAN whose parent is in another namespace", [link(2, "eth0"), link(3, "eth0.5", { kind: "vlan" })]],
];

test.each(APART)("%s are not stacked", (_, links) => {
	expect(lowestLinks(links)).toEqual(links);
	for (const upper of links) for (const lower of links) expect(isStackedOn(links, upper, lower)).toBe(false);
});

test("devices that are down, and loopback, are left out", () => {
	expect(lowestLinks([LOOPBACK, link(2, "eth0", { up: false })])).toEqual([]);
});

test("a ring of devices is looked at once", () => {
	const ring = [link(2, "a", { kind: "vlan", lower: 3 }), link(3, "b", { kind: "vlan", lower: 2 })];
	expect(isStackedOn(ring, link(4, "c", { kind: "vlan", lower: 2 }), link(5, "d"))).toBe(false);
});

test("tun and WireGuard have no Ethernet header", () => {
	expect(hasEthernetHeader(link(2, "eth0"))).toBe(true);
	expect(hasEthernetHeader(link(3, "wg0", { hardwareType: 0xfffe }))).toBe(false);
});
