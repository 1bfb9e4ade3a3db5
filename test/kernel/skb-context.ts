/** struct __sk_buff for a test run: the fields that the kernel takes over into its packet. */
import type { BtfStruct } from "../../src/bpf/btf.ts";
import { bindStruct } from "../../src/bpf/struct.ts";

export interface SkbContext {
	/** Device that the program is attached to; must exist. */
	readonly ifindex?: number;
	/** Device that the packet came in by. */
	readonly ingress_ifindex?: number;
	/** Payload bytes of each segment; 0: no super-packet. */
	readonly gso_size?: number;
	/** 0: the driver did not count them. */
	readonly gso_segs?: number;
	/** Only programs of tests look at it. */
	readonly mark?: number;
}

const FIELDS = {
	ifindex: "u32",
	ingress_ifindex: "u32",
	gso_size: "u32",
	gso_segs: "u32",
	mark: "u32",
} as const;

export type EncodeContext = (context: SkbContext) => Buffer;

export function createContextEncoder(structs: ReadonlyMap<string, BtfStruct>): EncodeContext {
	const layout = bindStruct(structs, "__sk_buff", FIELDS);
	return (context) => {
		const bytes = Buffer.alloc(layout.size);
		for (const field of ["ifindex", "ingress_ifindex", "gso_size", "gso_segs", "mark"] as const)
			bytes.writeUInt32LE(context[field] ?? 0, layout[field]);
		return bytes;
	};
}
