import { expect, test } from "vitest";
import { passiveVerdict } from "../../src/health/passive.ts";

const FALL = 3;

function verdict(failed: number, completed: boolean, protocol: "tcp" | "udp" | "sctp" = "tcp") {
	return passiveVerdict({ failed, reason: failed > 0 ? "refused" : undefined, completed }, protocol, FALL);
}

test("an endpoint whose last connects all failed is unhealthy, whatever was before", () => {
	expect(verdict(3, true)).toEqual({
		healthy: false,
		reason: "the last 3 connects of clients failed: refused",
	});
	expect(verdict(70, false).healthy).toBe(false);
});

test("one that takes connections is healthy, also when a few fail", () => {
	expect([verdict(0, true).healthy, verdict(2, true).healthy]).toEqual([true, true]);
});

test("without traffic, or with a few failures and nothing else, there is no verdict", () => {
	expect(passiveVerdict(undefined, "tcp", FALL).healthy).toBeUndefined();
	expect(verdict(2, false).healthy).toBeUndefined();
});

test("a UDP endpoint that has never answered has no verdict: it may be none that does", () => {
	expect(verdict(9, false, "udp").healthy).toBeUndefined();
	expect(verdict(9, true, "udp").healthy).toBe(false);
	expect(verdict(0, true, "udp").healthy).toBe(true);
});
