/** Plays LoxiLB: writes rules, connections and counters into maps of its names, as its programs would have. */

import type { BtfStruct } from "../../../src/bpf/btf.ts";
import { describeMapTypes } from "../../../src/bpf/describe.ts";
import { indexKey, type MapDescription, remove, update } from "../../../src/bpf/map.ts";
import { possibleCpus } from "../../../src/bpf/map-shape.ts";
import { readMapTypes } from "../../../src/bpf/map-types.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { writeU64 } from "../../../src/bpf/struct.ts";
import { parseAddress } from "../../../src/model/address.ts";
import { PROTOCOL_NUMBER, type Protocol } from "../../../src/model/service.ts";

export interface Place {
	readonly address: string;
	readonly port: number;
}

export interface RuleOptions {
	readonly id: number;
	readonly vip: Place;
	readonly endpoints: readonly (Place & { readonly inactive?: boolean })[];
	readonly protocol?: Protocol;
	/** ca.act_type */
	readonly action?: number;
}

export interface FlowOptions {
	readonly client: Place;
	readonly vip: Place;
	readonly endpoint: Place;
	readonly rule?: number;
	readonly protocol?: Protocol | number;
	/** As its programs call them; 4: established TCP. */
	readonly state?: number;
	/** Of the leg of the client. 0: not balanced. */
	readonly flags?: number;
	/** Counter of the leg of the client; the other leg has the next one. */
	readonly counter: number;
	/** First packets, both ways: [packets, bytes]. */
	readonly there?: readonly [number, number];
	readonly back?: readonly [number, number];
	/** Address that the endpoint sees. */
	readonly translatedTo?: string;
}

export interface PlayedLoxilb {
	readonly object: BpfObject;
	rule(options: RuleOptions): void;
	noRule(vip: Place, protocol?: Protocol): void;
	/** Both legs, made or changed. */
	flow(options: FlowOptions): void;
	endFlow(options: FlowOptions): void;
	/** What a counter says: packets and bytes, on the last CPU half of it. */
	count(counter: number, packets: number, bytes: number): void;
	/** Of a rule and one of its endpoints, by number. */
	countRule(rule: number, endpoint: number, packets: number, bytes: number): void;
	/** The counter that is given next, of a ring from 0 on. */
	ring(next: number, entries?: number): void;
	/** One field of the last flow's client leg, whatever it may say. */
	corrupt(options: FlowOptions, field: string, value: number, bytes: 1 | 2 | 4): void;
}

export function playLoxilb(object: BpfObject): PlayedLoxilb {
	const of = (name: string) => typedMap(object.map(name));
	const [ct, nat, counters, ruleCounters, created] = [
		of("ct_map"),
		of("nat_map"),
		of("ct_stats_map"),
		of("nat_stats_map"),
		of("ct_ctr"),
	];

	function keyOf(options: FlowOptions, isBack: boolean): Buffer {
		const { client, vip, endpoint, translatedTo } = options;
		const [from, to] = isBack
			? [endpoint, { ...client, address: translatedTo ?? client.address }]
			: [client, vip];
		const key = blank(ct.key);
		key.address("saddr", from.address).address("daddr", to.address);
		key.big("sport", from.port).big("dport", to.port);
		key.little("l4proto", numberOf(options.protocol ?? "tcp")).little("v6", isIPv6(from.address) ? 1 : 0);
		return key.bytes;
	}

	function legOf(options: FlowOptions, isBack: boolean): Struct {
		const { counter, rule = 1, state = 4, flags = 1 } = options;
		const [packets, bytes] = (isBack ? options.back : options.there) ?? [0, 0];
		const leg = blank(ct.value);
		leg
			.little("ca.cidx", counter + (isBack ? 1 : 0))
			.little("ctd.rid", rule)
			.little("ctd.dir", isBack ? 1 : 0);
		const field = options.protocol === "udp" ? "ctd.pi.u.state" : "ctd.pi.t.state";
		leg.little(field, state);
		leg.little("ctd.xi.nat_flags", isBack ? answersOf(flags) : flags);
		if (flags === 0) leg.address("nat_act.xip", "203.0.113.99").little("nat_act.rid", 1);
		else translate(leg, options, isBack);
		return leg.u64("ctd.pb.packets", packets).u64("ctd.pb.bytes", bytes);
	}

	function translate(
		leg: Struct,
		{ client, vip, endpoint, translatedTo }: FlowOptions,
		isBack: boolean,
	): void {
		const target = isBack ? vip : endpoint;
		leg.address("ctd.xi.nat_xip", target.address).big("ctd.xi.nat_xport", target.port);
		leg.little("ctd.xi.nv6", isIPv6(isBack ? client.address : endpoint.address) ? 1 : 0);
		if (translatedTo !== undefined) leg.address("ctd.xi.nat_rip", isBack ? client.address : translatedTo);
	}

	function write(
		map: MapDescription,
		number: number,
		packets: number,
		bytes: number,
		value: BtfStruct,
	): void {
		const stride = Math.ceil(map.valueSize / 8) * 8;
		const cpus = possibleCpus();
		const all = Buffer.alloc(stride * cpus);
		const halves = (sum: number) => (cpus === 1 ? [sum] : [sum - Math.floor(sum / 2), Math.floor(sum / 2)]);
		for (const [field, sum] of [
			["packets", packets],
			["bytes", bytes],
		] as const) {
			for (const [i, part] of halves(sum).entries())
				writeU64(all, part, (i === 0 ? 0 : cpus - 1) * stride + offsetIn(value, field));
		}
		update(map, indexKey(number), all);
	}

	return {
		object,
		rule({ id, vip, endpoints, protocol = "tcp", action = 2 }) {
			const key = blank(nat.key).address("daddr", vip.address).big("dport", vip.port);
			key.little("l4proto", numberOf(protocol)).little("v6", isIPv6(vip.address) ? 1 : 0);
			const value = blank(nat.value).little("ca.act_type", action).little("ca.cidx", id);
			value.little("nxfrm", endpoints.length);
			for (const [i, { address, port, inactive }] of endpoints.entries()) {
				const at = (field: string) => `nxfrms[${i}].${field}`;
				value.little(at("nat_flags"), 1).little(at("inactive"), inactive ? 1 : 0);
				value.address(at("nat_xip"), address).big(at("nat_xport"), port);
				value.little(at("nv6"), isIPv6(address) ? 1 : 0);
			}
			update(nat.map, key.bytes, value.bytes);
		},
		noRule(vip, protocol = "tcp") {
			const key = blank(nat.key).address("daddr", vip.address).big("dport", vip.port);
			remove(
				nat.map,
				key.little("l4proto", numberOf(protocol)).little("v6", isIPv6(vip.address) ? 1 : 0).bytes,
			);
		},
		flow(options) {
			for (const isBack of [false, true])
				update(ct.map, keyOf(options, isBack), legOf(options, isBack).bytes);
		},
		endFlow(options) {
			for (const isBack of [false, true]) remove(ct.map, keyOf(options, isBack));
		},
		count: (counter, packets, bytes) => write(counters.map, counter, packets, bytes, counters.value),
		countRule(rule, endpoint, packets, bytes) {
			write(ruleCounters.map, rule * 16 + endpoint, packets, bytes, ruleCounters.value);
		},
		ring(next, entries = counters.map.maxEntries) {
			update(
				created.map,
				indexKey(0),
				blank(created.value).little("counter", next).little("entries", entries).bytes,
			);
		},
		corrupt(options, field, value, bytes) {
			const leg = legOf(options, false).bytes;
			leg.writeUIntLE(value, offsetIn(ct.value, field), bytes);
			update(ct.map, keyOf(options, false), leg);
		},
	};
}

function typedMap(map: MapDescription) {
	return { map, ...readMapTypes(map.name, describeMapTypes(map.fd)) };
}

interface Struct {
	readonly bytes: Buffer;
	little(field: string, value: number): Struct;
	big(field: string, port: number): Struct;
	address(field: string, text: string): Struct;
	u64(field: string, value: number): Struct;
}

function blank(struct: BtfStruct): Struct {
	const bytes = Buffer.alloc(struct.size);
	const made: Struct = {
		bytes,
		little(field, value) {
			const { offset, size } = fieldOf(struct, field);
			bytes.writeUIntLE(value, offset, size);
			return made;
		},
		big(field, port) {
			bytes.writeUInt16BE(port, offsetIn(struct, field));
			return made;
		},
		address(field, text) {
			const address = parseAddress(text) as Uint8Array;
			bytes.set(isIPv6(text) ? address : address.subarray(12), offsetIn(struct, field));
			return made;
		},
		u64(field, value) {
			writeU64(bytes, value, offsetIn(struct, field));
			return made;
		},
	};
	return made;
}

function fieldOf(struct: BtfStruct, name: string) {
	const field = struct.fields.find((candidate) => candidate.name === name);
	if (!field) throw new Error(`Cannot write ${struct.name}: it has no field ${name}`);
	return field;
}

function offsetIn(struct: BtfStruct, name: string): number {
	return fieldOf(struct, name).offset;
}

function isIPv6(address: string): boolean {
	return address.includes(":");
}

function numberOf(protocol: Protocol | number): number {
	return typeof protocol === "number" ? protocol : PROTOCOL_NUMBER[protocol];
}

/** DNAT there is SNAT back, also of the host itself. */
function answersOf(flags: number): number {
	return { 0: 0, 1: 2, 2: 1, 4: 8, 8: 4 }[flags] ?? 0;
}
