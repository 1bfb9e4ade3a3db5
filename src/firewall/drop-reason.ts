/** The number by which this kernel says that netfilter has dropped a packet: each release counts anew. */
import { existsSync, readFileSync } from "node:fs";
import { findEnumValue } from "../bpf/btf.ts";

const KERNEL_BTF = "/sys/kernel/btf/vmlinux";
const FORMATS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].map(
	(mount) => `${mount}/events/skb/kfree_skb/format`,
);

export interface ReasonFiles {
	readonly btf: string;
	readonly formats: readonly string[];
}

/** Undefined where the kernel tells it by neither. */
export function netfilterDropReason(
	{ btf, formats }: ReasonFiles = { btf: KERNEL_BTF, formats: FORMATS },
): number | undefined {
	if (existsSync(btf)) {
		const value = findEnumValue(readFileSync(btf), "skb_drop_reason", "SKB_DROP_REASON_NETFILTER_DROP");
		if (value !== undefined) return value;
	}
	for (const format of formats.filter((file) => existsSync(file))) {
		const value = reasonInFormat(readFileSync(format, "utf8"));
		if (value !== undefined) return value;
	}
	return undefined;
}

/** `print fmt: "... reason: %s", ..., __print_symbolic(REC->reason, { 1, "NOT_SPECIFIED" }, ...)` */
function reasonInFormat(format: string): number | undefined {
	const [, number] = /\{\s*(\d+),\s*"NETFILTER_DROP"\s*\}/.exec(format) ?? [];
	return number === undefined ? undefined : Number(number);
}
