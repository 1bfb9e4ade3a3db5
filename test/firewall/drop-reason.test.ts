import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { netfilterDropReason } from "../../src/firewall/drop-reason.ts";
import { btfOfEnum } from "../bpf/btf-of-enum.ts";

const folder = mkdtempSync(join(tmpdir(), "lbscope-reason-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

/** As /sys/kernel/tracing/events/skb/kfree_skb/format ends, cut short. */
const FORMAT = `name: kfree_skb
print fmt: "skbaddr=%p rx_sk=%p reason: %s", REC->skbaddr, REC->rx_skaddr, __print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, { 9, "NETFILTER_DROP" }, { 10, "OTHERHOST" })
`;
const BTF = btfOfEnum("skb_drop_reason", { SKB_CONSUMED: 1, SKB_DROP_REASON_NETFILTER_DROP: 12 });

test("the number is that of the kernel's BTF", () => {
	const formats = [file("format", FORMAT)];
	expect(netfilterDropReason({ btf: file("btf", BTF), formats })).toBe(12);
});

test("without BTF, or where that does not have it, it is that of the tracepoint's format", () => {
	const formats = [join(folder, "none"), file("format", FORMAT)];
	expect(netfilterDropReason({ btf: join(folder, "none"), formats })).toBe(9);
	const other = file("other", btfOfEnum("skb_drop_reason", { SKB_CONSUMED: 1 }));
	expect(netfilterDropReason({ btf: other, formats })).toBe(9);
});

test("where neither has it there is none", () => {
	const formats = [file("old", FORMAT.replace("NETFILTER_DROP", "NETFILTER"))];
	expect(netfilterDropReason({ btf: join(folder, "none"), formats })).toBeUndefined();
});
