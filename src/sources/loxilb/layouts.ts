/**
 * Fields of LoxiLB's maps that are read, by their paths in its structs; offsets come from the BTF of the live maps. Never
 * listed: the union at the end of a flow, which holds another flow's where the flow is not load-balanced.
 *
 * Its addresses and ports are in network byte order in plain integers (be16, be32x4). An IPv4 address is in the first of
 * the four words, the others are 0.
 */
import { bindFields, type Layout } from "../../bpf/struct.ts";
import type { BoundMap } from "./bind-maps.ts";

const FLOW_KEY = {
	daddr: "be32x4",
	saddr: "be32x4",
	sport: "be16",
	dport: "be16",
	l4proto: "below_256",
	v6: "below_256",
} as const;

const FLOW = {
	"ca.cidx": "u32",
	"ctd.rid": "u16",
	"ctd.pi.t.state": "u32",
	"ctd.pi.u.state": "u16",
	"ctd.pi.s.state": "u32",
	"ctd.dir": "u32",
	"ctd.xi.nat_flags": "u8",
	"ctd.xi.nv6": "u8",
	"ctd.xi.nat_xip": "be32x4",
	"ctd.pb.bytes": "u64",
	"ctd.pb.packets": "u64",
} as const;

const COUNTER = { bytes: "u64", packets: "u64" } as const;

const CREATED = { start: "u32", counter: "u32", entries: "u32" } as const;

const SERVICE_KEY = { daddr: "be32x4", dport: "be16", l4proto: "below_256", v6: "below_256" } as const;

/** The second endpoint tells how far apart they are. */
const SERVICE = {
	"ca.act_type": "u8",
	"ca.cidx": "u32",
	nxfrm: "below_256",
	"nxfrms[0].nat_flags": "u8",
	"nxfrms[0].inactive": "u8",
	"nxfrms[0].nv6": "u8",
	"nxfrms[0].nat_xip": "be32x4",
	"nxfrms[0].nat_xport": "be16",
	"nxfrms[1].nat_flags": "u8",
} as const;

export const MAP_NAMES = ["ct_map", "ct_stats_map", "ct_ctr", "nat_map", "nat_stats_map"] as const;
export type MapName = (typeof MAP_NAMES)[number];

export interface LoxilbLayouts {
	readonly flowKey: Layout<typeof FLOW_KEY>;
	readonly flow: Layout<typeof FLOW>;
	readonly flowCounter: Layout<typeof COUNTER>;
	readonly created: Layout<typeof CREATED>;
	readonly serviceKey: Layout<typeof SERVICE_KEY>;
	readonly service: Layout<typeof SERVICE>;
	readonly serviceCounter: Layout<typeof COUNTER>;
}

/** @throws with struct and field, when this release has another one */
export function bindLayouts(maps: Readonly<Record<MapName, BoundMap>>): LoxilbLayouts {
	return {
		flowKey: bindFields(maps.ct_map.types.key, FLOW_KEY),
		flow: bindFields(maps.ct_map.types.value, FLOW),
		flowCounter: bindFields(maps.ct_stats_map.types.value, COUNTER),
		created: bindFields(maps.ct_ctr.types.value, CREATED),
		serviceKey: bindFields(maps.nat_map.types.key, SERVICE_KEY),
		service: bindFields(maps.nat_map.types.value, SERVICE),
		serviceCounter: bindFields(maps.nat_stats_map.types.value, COUNTER),
	};
}
