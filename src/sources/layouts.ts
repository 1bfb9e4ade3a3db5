/** The fields that user space reads or writes of the structs in bpf/flow.h and bpf/inbox.h. */
import type { BtfStruct } from "../bpf/btf.ts";
import { bindStruct } from "../bpf/struct.ts";

type Structs = ReadonlyMap<string, BtfStruct>;
export type LastingLayouts = ReturnType<typeof bindLastingLayouts>;
export type Layouts = ReturnType<typeof bindLayouts>;

/** @throws an error that names struct and field when the object was built from another flow.h */
export function bindLayouts(structs: Structs) {
	return {
		...bindLastingLayouts(structs),
		pair: bindPair(structs),
		pairRoom: bindPairRoom(structs),
		serviceKey: bindStruct(structs, "service_key", { vip: "address", port: "u16", protocol: "u8" }),
		servicePorts: bindStruct(structs, "service_ports", { tcp: "u64", udp: "u64", sctp: "u64" }),
		settings: bindStruct(structs, "settings", {
			handshake_timeout: "u64",
			tcp_idle: "u64",
			tcp_closing: "u64",
			udp_idle: "u64",
			sctp_idle: "u64",
			client_mask_ipv4: "address",
			client_mask_ipv6: "address",
			client_prefix_ipv4: "u32",
			client_prefix_ipv6: "u32",
			firewall_rules: "u32",
			embryo_limit: "u32",
		}),
		flowRoom: bindStruct(structs, "flow_room", { embryos: "s64" }),
		walk: bindStruct(structs, "walk", {
			active_tcp: "u64",
			active_udp: "u64",
			active_sctp: "u64",
			inactive: "u64",
			legs: "u64",
			fragments: "u64",
			unplaced: "u64",
		}),
		handshakeKey: bindStruct(structs, "handshake_key", {
			endpoint: "address",
			port: "u16",
			endpoint_kind: "u8",
			protocol: "u8",
		}),
		handshakes: bindStruct(structs, "handshakes", { failed: "u32", reason: "u32", completed: "u32" }),
		flowRow: bindStruct(structs, "flow_row", { key: "flow_key", flow: "flow" }),
		noteRow: bindStruct(structs, "note_row", { key: "flow_key", note: "note" }),
		pairRow: bindStruct(structs, "pair_row", { key: "pair_key", traffic: "traffic", was_series: "u32" }),
		ledgerRow: bindStruct(structs, "ledger_row", { key: "ledger_key", traffic: "traffic" }),
		cellRow: bindStruct(structs, "cell_row", { table: "u32", row: "u32", word: "u32", value: "u64" }),
		inboxWork: bindStruct(structs, "inbox_work", { rows: "u32", done: "u32", argument: "u64" }),
	};
}

/** Rows of pair_rows, which sets of earlier versions do not have. */
export function bindPair(structs: Structs) {
	return bindStruct(structs, "counted_pair", {
		version: "u32",
		leaving: "u32",
		traffic: "traffic",
		key: "pair_key",
	});
}

export function bindPairRoom(structs: Structs) {
	return bindStruct(structs, "pair_room", { free: "u64", used: "u64", left_first: "u32" });
}

/** Keys and values of the maps that outlive the exporter, in sets of earlier versions, too. */
export function bindLastingLayouts(structs: Structs) {
	return {
		flowKey: bindStruct(structs, "flow_key", {
			client: "address",
			vip: "address",
			client_port: "u16",
			vip_port: "u16",
			protocol: "u8",
		}),
		flow: bindStruct(structs, "flow", {
			pending_packets: "u64",
			pending_bytes: "u64",
			opened: "u64",
			seen: "u64",
			endpoint: "address",
			endpoint_kind: "u32",
			endpoint_version: "u32",
			status: "u32",
			slot: "u32",
		}),
		pairKey: bindStruct(structs, "pair_key", {
			client: "address",
			endpoint: "address",
			slot: "u32",
			endpoint_kind: "u8",
			client_prefix: "u8",
		}),
		ledgerKey: bindStruct(structs, "ledger_key", {
			level: "u32",
			slot: "u32",
			address: "address",
			endpoint_kind: "u8",
			client_prefix: "u8",
		}),
		macKey: bindStruct(structs, "mac_key", { mac: "mac", endpoint_kind: "u8" }),
		name: bindStruct(structs, "name", { kind: "u8", text: "name" }),
		traffic: bindStruct(structs, "traffic", { packets: "u64", bytes: "u64" }),
		totals: bindStruct(structs, "service_totals", { traffic: "traffic", requests: "u64" }),
		overflow: bindStruct(structs, "service_overflow", {
			flows: "traffic",
			pairs: "traffic",
			others: "traffic",
		}),
	};
}
