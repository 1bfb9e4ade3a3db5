/** Rows of the maps in words, for people who look. */
import { type MapRows, sumOverCpus } from "../bpf/map.ts";
import { readU64 } from "../bpf/struct.ts";
import { formatAddress, hostPort } from "../model/address.ts";
import { ERROR_ORIGINS, ERROR_REASONS } from "../model/reading.ts";
import { PROTOCOL_NUMBER, PROTOCOLS } from "../model/service.ts";
import { ENDPOINT_MAC, formatMac, MAC_BYTES } from "./endpoint-names.ts";
import type { Layouts } from "./layouts.ts";
import { decodeHandshakes } from "./read-handshakes.ts";

export const DUMPABLE = ["services", "flows", "pairs", "others", "ledger", "handshakes", "totals"] as const;
export type Dumpable = (typeof DUMPABLE)[number];

/** The map whose rows say it. */
export function mapToDump(name: Dumpable): string {
	return name === "pairs" ? "pair_rows" : name;
}

type Row = Record<string, unknown>;
/** Undefined: the row holds nothing. */
type Decode = (rows: MapRows, row: number, layouts: Layouts) => Row | undefined;

/** In the order of enum flow_state. */
const STATES = ["new", "opening", "active", "closing", "closed"];
/** In the order of enum flow_mark. */
const MARKS = ["counted", "answered", "fin_client", "fin_endpoint", "expired", "removed", "syn_again", "leg"];
/** By enum leave_reason; a pair that stays has none. */
const LEAVING = [undefined, "idle", "crowded"];
/** By enum ledger_level. */
const LEDGER_LEVELS = [
	undefined,
	"retired_pair",
	"retired_client",
	"retired_endpoint",
	"kept_client",
	"kept_endpoint",
];
const HOST_BITS = 128;
const PHASE_KNOWN = 2;
const PHASE_MASK = 3;

export function* decodeRows(map: Dumpable, rows: MapRows, layouts: Layouts): Generator<Row> {
	for (let row = 0; row < rows.count; row++) {
		const decoded = DECODERS[map](rows, row, layouts);
		if (decoded) yield decoded;
	}
}

const DECODERS: Record<Dumpable, Decode> = {
	services: (rows, row, { serviceKey }) => {
		const key = row * rows.keySize;
		return {
			vip: hostPort(
				formatAddress(rows.keys, key + serviceKey.vip),
				rows.keys.readUInt16BE(key + serviceKey.port),
			),
			protocol: protocolName(rows.keys[key + serviceKey.protocol]),
			slot: rows.values.readUInt32LE(row * rows.valueStride),
		};
	},
	flows: decodeFlow,
	pairs: (rows, row, layouts) => {
		const { pair, traffic } = layouts;
		const at = row * rows.valueStride;
		if ((rows.values.readUInt32LE(at + pair.version) & 1) === 0) return undefined;
		return {
			...decodePairKey(rows.values, at + pair.key, layouts),
			...decodeTraffic(rows, at + pair.traffic, traffic),
			leaving: LEAVING[rows.values.readUInt32LE(at + pair.leaving)],
		};
	},
	others: (rows, row, layouts) => ({
		...decodePairKey(rows.keys, row * rows.keySize, layouts),
		...decodeTraffic(rows, row * rows.valueStride, layouts.traffic),
	}),
	ledger: (rows, row, { ledgerKey, traffic }) => {
		const key = row * rows.keySize;
		const level = LEDGER_LEVELS[rows.keys.readUInt32LE(key + ledgerKey.level)];
		const kind = rows.keys.readUInt8(key + ledgerKey.endpoint_kind);
		return {
			slot: rows.keys.readUInt32LE(key + ledgerKey.slot),
			level,
			client: level === "kept_client" ? formatAddress(rows.keys, key + ledgerKey.address) : undefined,
			endpoint:
				level === "kept_endpoint" ? endpointText(rows.keys, key + ledgerKey.address, kind) : undefined,
			...decodeTraffic(rows, row * rows.valueStride, traffic),
		};
	},
	handshakes: (rows, row, layouts) => {
		const key = row * rows.keySize;
		const { endpoint, endpoint_kind, port, protocol } = layouts.handshakeKey;
		return {
			endpoint: endpointText(rows.keys, key + endpoint, rows.keys.readUInt8(key + endpoint_kind)),
			port: rows.keys.readUInt16BE(key + port),
			protocol: protocolName(rows.keys[key + protocol]),
			...decodeHandshakes(rows, row, layouts),
		};
	},
	totals: (rows, row, { totals, traffic }) => ({
		slot: rows.keys.readUInt32LE(row * rows.keySize),
		packets: sumOverCpus(rows, row, totals.traffic + traffic.packets),
		bytes: sumOverCpus(rows, row, totals.traffic + traffic.bytes),
		requests: sumOverCpus(rows, row, totals.requests),
	}),
};

function decodePairKey(bytes: Buffer, key: number, { pairKey }: Layouts): Row {
	const kind = bytes.readUInt8(key + pairKey.endpoint_kind);
	const prefix = bytes.readUInt8(key + pairKey.client_prefix);
	return {
		slot: bytes.readUInt32LE(key + pairKey.slot),
		client: prefix === 0 ? undefined : formatAddress(bytes, key + pairKey.client),
		clientPrefix: prefix === 0 || prefix === HOST_BITS ? undefined : prefix,
		endpoint: endpointText(bytes, key + pairKey.endpoint, kind),
	};
}

function decodeTraffic(rows: MapRows, at: number, traffic: Layouts["traffic"]): Row {
	return {
		packets: readU64(rows.values, at + traffic.packets),
		bytes: readU64(rows.values, at + traffic.bytes),
	};
}

function decodeFlow(rows: MapRows, row: number, { flowKey, flow }: Layouts): Row {
	const key = row * rows.keySize;
	const value = row * rows.valueStride;
	const known = (rows.values.readUInt32LE(value + flow.endpoint_version) & PHASE_MASK) === PHASE_KNOWN;
	const kind = known ? rows.values.readUInt32LE(value + flow.endpoint_kind) : 0;
	return {
		slot: rows.values.readUInt32LE(value + flow.slot),
		protocol: protocolName(rows.keys[key + flowKey.protocol]),
		client: hostPort(
			formatAddress(rows.keys, key + flowKey.client),
			rows.keys.readUInt16BE(key + flowKey.client_port),
		),
		vip: hostPort(
			formatAddress(rows.keys, key + flowKey.vip),
			rows.keys.readUInt16BE(key + flowKey.vip_port),
		),
		endpoint: endpointText(rows.values, value + flow.endpoint, kind),
		...decodeStatus(rows.values.readUInt32LE(value + flow.status)),
		pendingPackets: readU64(rows.values, value + flow.pending_packets),
		pendingBytes: readU64(rows.values, value + flow.pending_bytes),
		openedJiffies: readU64(rows.values, value + flow.opened),
		seenJiffies: readU64(rows.values, value + flow.seen),
	};
}

/** The fields of the word: see the STATUS_ macros of bpf/flow.h. */
export function decodeStatus(status: number): Row {
	const marks = (status >>> 8) & 0xff;
	const reason = (status >>> 16) & 0xf;
	return {
		state: STATES[status & 0xff] ?? status & 0xff,
		marks: MARKS.filter((_, bit) => marks & (1 << bit)),
		error:
			reason === 0 ? undefined : `${ERROR_REASONS[reason - 1]} by ${ERROR_ORIGINS[(status >>> 20) & 0xf]}`,
		generation: status >>> 24,
	};
}

function endpointText(bytes: Buffer, offset: number, kind: number): string {
	if (kind === 0) return "unknown";
	return kind >= ENDPOINT_MAC
		? formatMac(bytes.subarray(offset, offset + MAC_BYTES))
		: formatAddress(bytes, offset);
}

function protocolName(number: number | undefined): string {
	return PROTOCOLS.find((protocol) => PROTOCOL_NUMBER[protocol] === number) ?? String(number);
}
