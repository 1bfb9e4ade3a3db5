/** LoxiLB's load-balancer rules, as its nat_map has them. */
import { type MapDescription, type MapRows, readAll } from "../../bpf/map.ts";
import { formatAddress } from "../../model/address.ts";
import { inEqualSlices } from "../../model/in-slices.ts";
import { type Endpoint, PROTOCOL_NUMBER, PROTOCOLS, type Protocol } from "../../model/service.ts";
import { addressAt } from "./addresses.ts";
import type { LoxilbLayouts } from "./layouts.ts";

/** ca.act_type of rules that send clients to endpoints; others translate what goes out. */
const DNAT = 2;
const FULL_PROXY = 27;
const RULES_PER_SLICE = 128;

export interface Vip {
	readonly vip: string;
	readonly port: number;
	readonly protocol: Protocol;
}

export interface RuleEndpoint extends Endpoint {
	/** LoxiLB sends it no clients. */
	readonly isInactive: boolean;
}

/** A rule, which may have several addresses. */
export interface Rule {
	/** What flows know it by. */
	readonly id: number;
	/** In the order of the text: a map has none. */
	readonly vips: readonly Vip[];
	readonly endpoints: readonly RuleEndpoint[];
}

export async function readRules(map: MapDescription, layouts: LoxilbLayouts): Promise<Rule[]> {
	const rows = await readAll(map);
	const rules = new Map<string, { id: number; vips: Vip[]; endpoints: RuleEndpoint[] }>();
	await inEqualSlices(rows.count, RULES_PER_SLICE, (from, to) => {
		for (let row = from; row < to; row++) {
			const vip = vipOf(rows, row, layouts);
			const value = row * rows.valueStride;
			const act = rows.values.readUInt8(value + layouts.service["ca.act_type"]);
			if (vip === undefined || (act !== DNAT && act !== FULL_PROXY)) continue;
			const id = rows.values.readUInt32LE(value + layouts.service["ca.cidx"]);
			// One rule is of one protocol: with another one, it is another that has come in its place.
			const rule = rules.get(`${id} ${vip.protocol}`);
			if (rule) rule.vips.push(vip);
			else
				rules.set(`${id} ${vip.protocol}`, { id, vips: [vip], endpoints: endpointsOf(rows, value, layouts) });
		}
	});
	for (const { vips } of rules.values()) vips.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
	return [...rules.values()].sort((a, b) => a.id - b.id);
}

function textOf({ vip, port }: Vip): string {
	return `${vip} ${port}`;
}

function vipOf(rows: MapRows, row: number, { serviceKey }: LoxilbLayouts): Vip | undefined {
	const key = row * rows.keySize;
	const number = rows.keys.readUInt8(key + serviceKey.l4proto);
	const protocol = PROTOCOLS.find((each) => PROTOCOL_NUMBER[each] === number);
	if (protocol === undefined) return undefined;
	const isIPv6 = rows.keys.readUInt8(key + serviceKey.v6) !== 0;
	const vip = formatAddress(addressAt(rows.keys, key + serviceKey.daddr, isIPv6));
	return { vip, port: rows.keys.readUInt16BE(key + serviceKey.dport), protocol };
}

function endpointsOf({ values }: MapRows, value: number, { service }: LoxilbLayouts): RuleEndpoint[] {
	const first = service["nxfrms[0].nat_flags"];
	const stride = service["nxfrms[1].nat_flags"] - first;
	const room = Math.floor((service.size - first) / stride);
	const count = Math.min(values.readUInt8(value + service.nxfrm), room);
	return Array.from({ length: count }, (_, i) => value + i * stride).flatMap((at) => {
		const isIPv6 = values.readUInt8(at + service["nxfrms[0].nv6"]) !== 0;
		const address = formatAddress(addressAt(values, at + service["nxfrms[0].nat_xip"], isIPv6));
		const port = values.readUInt16BE(at + service["nxfrms[0].nat_xport"]);
		const isInactive = values.readUInt8(at + service["nxfrms[0].inactive"]) !== 0;
		return values.readUInt8(at + first) === 0 ? [] : [{ address, port, isInactive }];
	});
}
