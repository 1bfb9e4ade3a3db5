/** Rows of LoxiLB's firewall maps, written at the offsets that it has them at. */
import { parseAddress } from "../../../src/model/address.ts";

export const DROP = 0;
export const ALLOW = 12;

export interface Rule {
	/** Prefixes; undefined: any. */
	readonly source?: string;
	readonly destination?: string;
	/** One port, or first and last. */
	readonly sourcePort?: number | readonly [number, number];
	readonly port?: number | readonly [number, number];
	readonly protocol?: number;
	readonly preference?: number;
	readonly counter: number;
	readonly action: number;
}

/** Offsets of fields; the struct of the action begins at `act`. */
const IPV4 = { dest: 0, source: 8, dport: 16, sport: 24, zone: 36, protocol: 44, act: 48 };
const IPV6 = { dest: 0, source: 32, dport: 64, sport: 72, zone: 84, protocol: 92, act: 96 };

export function ruleRow(rule: Rule, size: number, isIPv6 = false): Buffer {
	const row = Buffer.alloc(size);
	const at = isIPv6 ? IPV6 : IPV4;
	for (const [prefix, offset] of [
		[rule.destination, at.dest],
		[rule.source, at.source],
	] as const) {
		if (prefix !== undefined) (isIPv6 ? writePrefix6 : writePrefix4)(row, prefix, offset);
	}
	writePorts(row, rule.port, at.dport);
	writePorts(row, rule.sourcePort, at.sport);
	row.writeUInt16LE(1, at.zone);
	row.writeUInt16LE(0xffff, at.zone + 2);
	if (rule.protocol !== undefined) row.set([rule.protocol, 255], at.protocol);
	row.writeUInt8(rule.action, at.act);
	row.writeUInt16LE(rule.preference ?? 0, at.act + 2);
	row.writeUInt32LE(rule.counter, at.act + 4);
	return row;
}

/** In host byte order. */
function writePrefix4(row: Buffer, prefix: string, at: number): void {
	const [address = "", length] = prefix.split("/");
	row.set(address.split(".").map(Number).reverse(), at);
	row.writeUInt32LE((0xffff_ffff << (32 - Number(length))) >>> 0, at + 4);
}

function writePrefix6(row: Buffer, prefix: string, at: number): void {
	const [address = "", length] = prefix.split("/");
	row.set(parseAddress(address) ?? [], at);
	for (let bit = 0; bit < Number(length); bit++) {
		const byte = at + 16 + (bit >> 3);
		row.writeUInt8((row[byte] as number) | (0x80 >> (bit & 7)), byte);
	}
}

function writePorts(row: Buffer, ports: Rule["port"], at: number): void {
	if (ports === undefined) return;
	const isOne = typeof ports === "number";
	row.writeUInt32LE(isOne ? 0 : 1, at);
	row.writeUInt16LE(isOne ? ports : ports[0], at + 4);
	// Of a single port this is a mask.
	row.writeUInt16LE(isOne ? 0xffff : ports[1], at + 6);
}
