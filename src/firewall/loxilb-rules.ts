/** Rules of LoxiLB's firewall, from its maps: arrays whose first rows are the rules, in order, in host byte order. */
import { type MapDescription, readFirst } from "../bpf/map.ts";
import type { MapTypes } from "../bpf/map-types.ts";
import { bindFields } from "../bpf/struct.ts";
import { ADDRESS_BYTES, formatAddress } from "../model/address.ts";

export interface TypedMap extends MapDescription {
	readonly types: MapTypes;
}

export interface LoxilbRule {
	/** Row of its counter; LoxiLB gives it to another rule when this one is gone, and does not clear it. */
	readonly counter: number;
	readonly isDrop: boolean;
	/** As LoxiLB's own label has it: source, destination, ports, protocol and preference, which it leaves 0 in its maps. */
	readonly name: string;
}

const PORTS = {
	"k.dport.has_range": "u32",
	"k.dport.u.r.min": "u16",
	"k.dport.u.r.max": "u16",
	"k.sport.has_range": "u32",
	"k.sport.u.r.min": "u16",
	"k.sport.u.r.max": "u16",
	"k.zone.valid": "u16",
	"k.protocol.val": "u8",
	"fwa.ca.act_type": "u8",
	"fwa.ca.oaux": "u16",
	"fwa.ca.cidx": "u32",
} as const;
const IPV4 = {
	"k.dest.val": "u32",
	"k.dest.valid": "u32",
	"k.source.val": "u32",
	"k.source.valid": "u32",
	...PORTS,
} as const;
const IPV6 = {
	"k.dest.val": "address",
	"k.dest.valid": "address",
	"k.source.val": "address",
	"k.source.valid": "address",
	...PORTS,
} as const;

/** DP_SET_DROP. A row of zeros would be one, too: a rule has a zone. */
const DROP = 0;
/** Almost nobody has more; else four times as many, until one is no rule. */
const FIRST_ROWS = 64;

/** A rule stands there twice, or not at all, while LoxiLB moves it. */
export function readLoxilbRules(map: TypedMap): LoxilbRule[] {
	const layout = layoutOf(map);
	for (let wanted = FIRST_ROWS; ; wanted *= 4) {
		const { values, count, valueStride } = readFirst(map, wanted);
		const rules: LoxilbRule[] = [];
		for (let row = 0; row < count; row++) {
			const bytes = values.subarray(row * valueStride, (row + 1) * valueStride);
			if (bytes.readUInt16LE(layout["k.zone.valid"]) === 0) return rules;
			rules.push(readRule(bytes, layout));
		}
		if (count < wanted) return rules;
	}
}

type RuleLayout = Readonly<Record<keyof typeof IPV4, number>> & { readonly isIPv6: boolean };

function layoutOf({ types }: TypedMap): RuleLayout {
	const isIPv6 = types.value.fields.some(({ name, size }) => name === "k.dest.val" && size === ADDRESS_BYTES);
	return { ...(isIPv6 ? bindFields(types.value, IPV6) : bindFields(types.value, IPV4)), isIPv6 };
}

function readRule(bytes: Buffer, layout: RuleLayout): LoxilbRule {
	const [source, destination] = (["k.source", "k.dest"] as const).map((side) =>
		prefixOf(bytes, layout, side),
	);
	const ports = [...portsOf(bytes, layout, "k.sport"), ...portsOf(bytes, layout, "k.dport")];
	const protocol = bytes.readUInt8(layout["k.protocol.val"]);
	const preference = bytes.readUInt16LE(layout["fwa.ca.oaux"]);
	return {
		counter: bytes.readUInt32LE(layout["fwa.ca.cidx"]),
		isDrop: bytes.readUInt8(layout["fwa.ca.act_type"]) === DROP,
		name: [source, destination, ...ports, protocol, preference].join("_"),
	};
}

function prefixOf(bytes: Buffer, layout: RuleLayout, side: "k.source" | "k.dest"): string {
	const [value, mask] = [layout[`${side}.val`], layout[`${side}.valid`]];
	if (layout.isIPv6)
		return `${formatAddress(bytes, value)}/${bitsIn(bytes.subarray(mask, mask + ADDRESS_BYTES))}`;
	const address = Buffer.from(bytes.subarray(value, value + 4)).reverse();
	return `${address.join(".")}/${bitsIn(bytes.subarray(mask, mask + 4))}`;
}

function bitsIn(mask: Buffer): number {
	let bits = 0;
	for (const byte of mask) for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
	return bits;
}

/** First and last port. A single one is a value with a mask; 0 and 0: any. */
function portsOf(bytes: Buffer, layout: RuleLayout, side: "k.sport" | "k.dport"): [number, number] {
	const first = bytes.readUInt16LE(layout[`${side}.u.r.min`]);
	const isRange = bytes.readUInt32LE(layout[`${side}.has_range`]) !== 0;
	return [first, isRange ? bytes.readUInt16LE(layout[`${side}.u.r.max`]) : first];
}
