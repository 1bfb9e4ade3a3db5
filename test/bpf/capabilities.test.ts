import { expect, test } from "vitest";
import { capabilitySet, hasCapability, namesIn, parseCapabilities } from "../../src/bpf/capabilities.ts";

/** As `setpriv --dump` calls them: bpf, net_admin, perfmon. */
const STATUS =
	"Name:\tnode\nCapInh:\t0000000000000000\nCapPrm:\t000000c000001000\nCapEff:\t0000008000000000\n";

test("sets are read off a status", () => {
	expect(namesIn(parseCapabilities(STATUS, "CapPrm"))).toEqual(["CAP_NET_ADMIN", "CAP_PERFMON", "CAP_BPF"]);
	expect(namesIn(parseCapabilities(STATUS, "CapEff"))).toEqual(["CAP_BPF"]);
	expect(parseCapabilities(STATUS, "CapInh")).toBe(0n);
});

test("a set has what it was made of", () => {
	const set = capabilitySet(["CAP_BPF", "CAP_SYS_ADMIN"]);
	expect(set).toBe(0x80_0020_0000n);
	expect(hasCapability(set, "CAP_SYS_ADMIN")).toBe(true);
	expect(hasCapability(set, "CAP_PERFMON")).toBe(false);
});
