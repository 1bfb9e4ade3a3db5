/** IPVS in its four modes. The kernels of `make test-kernels` have it; one without skips, and says so. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";

const hasIpvs = existsSync("/proc/net/ip_vs");
if (!hasIpvs) console.warn("IPVS tests skipped: this kernel has no ip_vs (/proc/net/ip_vs is not there)");

describeIpvs("IPVS: NAT");
describeIpvs("IPVS: NAT with masquerade");
describeIpvs("IPVS: direct");
describeIpvs("IPVS: tunnel");

function describeIpvs(title: string): void {
	describe.skipIf(!hasIpvs)(title, () => {
		test("every byte is its endpoint's", () => expect.fail("this test is not written yet"));
	});
}
