/** The fields of bpf/flow.h that user space reads or writes. */
import type { BtfStruct } from "../bpf/btf.ts";
import { bindStruct } from "../bpf/struct.ts";

export type Layouts = ReturnType<typeof bindLayouts>;

/** @throws an error that names struct and field when the object was built from another flow.h */
export function bindLayouts(structs: ReadonlyMap<string, BtfStruct>) {
	return {
		serviceKey: bindStruct(structs, "service_key", { vip: "address", port: "u16", protocol: "u8" }),
		servicePorts: bindStruct(structs, "service_ports", { tcp: "u64", udp: "u64", sctp: "u64" }),
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
			endpoint_kind: "u32",
		}),
		traffic: bindStruct(structs, "traffic", { packets: "u64", bytes: "u64" }),
		totals: bindStruct(structs, "service_totals", { traffic: "traffic", requests: "u64" }),
		overflow: bindStruct(structs, "service_overflow", { flows: "traffic", pairs: "traffic" }),
		settings: bindStruct(structs, "settings", {
			handshake_timeout: "u64",
			tcp_idle: "u64",
			tcp_closing: "u64",
			udp_idle: "u64",
			sctp_idle: "u64",
			firewall_rules: "u32",
		}),
		walk: bindStruct(structs, "walk", {
			active_tcp: "u64",
			active_udp: "u64",
			active_sctp: "u64",
			inactive: "u64",
			legs: "u64",
		}),
	};
}
