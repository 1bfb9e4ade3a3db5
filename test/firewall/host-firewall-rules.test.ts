import { expect, test } from "vitest";
import { dropRules, hasCounter } from "../../src/firewall/host-firewall-rules.ts";

const OWNER = { family: "inet", table: "filter" };
const COUNTER = { counter: { packets: 7, bytes: 700 } };
const FROM = {
	match: { op: "==", left: { payload: { protocol: "ip", field: "saddr" } }, right: "192.0.2.1" },
};
const DROP = { drop: null };
const REJECT = { reject: { type: "icmp", expr: "port-unreachable" } };
const LOG = { log: { prefix: "no: " } };

test("a rule is called by its comment, else by table, chain and handle", () => {
	expect(
		dropRules([rule([FROM, COUNTER, DROP], { comment: "bad clients" }), rule([FROM, COUNTER, DROP])]),
	).toEqual([
		expect.objectContaining({ name: "bad clients", packets: 7, bytes: 700, place: "inet filter/input/4" }),
		expect.objectContaining({ name: "filter/input/4", table: { family: "inet", name: "filter" } }),
	]);
});

test.each([
	["drops", [COUNTER, DROP]],
	["rejects", [COUNTER, REJECT]],
	["drops what it has matched", [FROM, COUNTER, DROP]],
	["writes to the log between", [COUNTER, LOG, DROP]],
])("counts a rule that %s", (_, statements) => {
	expect(dropRules([rule(statements)])).toHaveLength(1);
});

test.each([
	["accepts", [COUNTER, { accept: null }]],
	["only counts", [FROM, COUNTER]],
	["drops and has no counter", [FROM, DROP]],
	["jumps to a chain that may drop", [COUNTER, { jump: { target: "more" } }]],
	["counts more than it drops", [COUNTER, FROM, DROP]],
	["drops only above a rate", [COUNTER, { limit: { rate: 1, per: "second" } }, DROP]],
	["drops for some values only", [COUNTER, { vmap: { key: 1, data: { set: [[22, DROP]] } } }]],
	["says something of iptables between", [COUNTER, { xt: null }, DROP]],
])("does not count a rule that %s", (_, statements) => {
	expect(dropRules([rule(statements)])).toEqual([]);
});

test("of two counters the one right before the verdict counts", () => {
	const early = { counter: { packets: 100, bytes: 1000 } };
	expect(dropRules([rule([early, FROM, COUNTER, DROP])])[0]?.packets).toBe(7);
});

test("a named counter counts when only one rule uses it", () => {
	const named = { counter: { ...OWNER, name: "bad", handle: 1, packets: 5, bytes: 500 } };
	const dropping = rule([{ counter: "bad" }, DROP]);
	expect(dropRules([named, dropping])[0]).toMatchObject({ packets: 5, bytes: 500 });
	expect(dropRules([named, dropping, rule([{ counter: "bad" }, { accept: null }])])).toEqual([]);
	expect(dropRules([dropping])).toEqual([]);
});

test("passes over whatever is not as it should be", () => {
	const wrong = [
		null,
		1,
		"x",
		[],
		{},
		{ rule: null },
		{ rule: {} },
		{ counter: null },
		rule([null, 1, "x", [], {}]),
	];
	for (const counter of [null, 1, {}, { packets: "7", bytes: 1 }]) wrong.push(rule([{ counter }, DROP]));
	expect(dropRules(wrong)).toEqual([]);
	expect(() => wrong.map(hasCounter)).not.toThrow();
});

test("what has no counter is of no use", () => {
	expect([rule([COUNTER, DROP]), rule([{ counter: "bad" }]), { counter: {} }].map(hasCounter)).toEqual([
		true,
		true,
		true,
	]);
	expect([rule([FROM, DROP]), { chain: {} }, { set: { elem: [] } }].map(hasCounter)).toEqual([
		false,
		false,
		false,
	]);
});

function rule(expr: readonly unknown[], more: { comment?: string } = {}): unknown {
	return { rule: { ...OWNER, chain: "input", handle: 4, ...more, expr } };
}
