import { expect, test } from "vitest";
import type { HostRule } from "../../src/firewall/host-firewall-rules.ts";
import { addDrops, foreignName, NO_DROPS } from "../../src/firewall/host-firewall-totals.ts";

test("rules of one name are summed", () => {
	expect(totalsAfter([rule("bad", 1, 10), rule("bad", 2, 5), rule("worse", 3, 1)])).toEqual({
		bad: 15,
		worse: 1,
	});
});

test("counters go on", () => {
	expect(totalsAfter([rule("bad", 1, 10)], [rule("bad", 1, 12)], [rule("bad", 1, 12)])).toEqual({ bad: 12 });
});

test.each([
	["was loaded anew", [rule("bad", 9, 3)]],
	["was reset", [rule("bad", 1, 3)]],
])("a total does not go down when the rule %s", (_, later) => {
	expect(totalsAfter([rule("bad", 1, 10)], later)).toEqual({ bad: 13 });
});

test("a total stays when the rule is gone, and goes on when it is back", () => {
	expect(totalsAfter([rule("bad", 1, 10)], [])).toEqual({ bad: 10 });
	expect(totalsAfter([rule("bad", 1, 10)], [], [rule("bad", 2, 4)])).toEqual({ bad: 14 });
});

test("a rule with another comment counts under that from now on", () => {
	expect(totalsAfter([rule("bad", 1, 10)], [rule("worse", 1, 4)])).toEqual({ bad: 10, worse: 4 });
});

test("names have a bound: what comes later counts as other, from its first packet", () => {
	const many = Array.from({ length: 5000 }, (_, i) => rule(`rule ${i}`, i, 1));
	const totals = totalsAfter(many, [...many, rule("late", 9001, 2), rule("later", 9002, 3)]);
	expect(totals.other).toBe(5);
	expect(totals.late).toBeUndefined();
	expect(totals["rule 4999"]).toBe(1);
});

test("a name that is too long to be kept counts as other", () => {
	const { totals } = addDrops(NO_DROPS, [rule("é".repeat(3), 1, 2), rule("é".repeat(2), 2, 3)], 5);
	expect([...totals.keys()]).toEqual(["other", "éé"]);
});

test("a foreign rule with the name of one of ours has nft: in front", () => {
	const own = new Set(["bad", "nft:bad", "other"]);
	expect(["bad", "good", "other"].map((name) => foreignName(name, own))).toEqual([
		"nft:nft:bad",
		"good",
		"nft:other",
	]);
});

function rule(name: string, handle: number, packets: number): HostRule {
	const place = `ip filter/input/${handle}`;
	return { table: { family: "ip", name: "filter" }, place, name, packets, bytes: packets * 100 };
}

function totalsAfter(...reads: readonly HostRule[][]): Record<string, number> {
	const { totals } = reads.reduce((before, read) => addDrops(before, read), NO_DROPS);
	for (const { packets, bytes } of totals.values()) expect(bytes).toBe(packets * 100);
	return Object.fromEntries([...totals.values()].map(({ name, packets }) => [name, packets]));
}
