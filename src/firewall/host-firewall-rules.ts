/** Rules of other people's firewalls that drop packets and count them, from libnftables-json(5). */
import type { Table } from "../bpf/libnftables.ts";
import { plainText } from "../model/plain-text.ts";

export interface HostRule {
	readonly table: Table;
	/** The same as long as the rule is there. */
	readonly place: string;
	/** Its comment, else `table/chain/handle`. */
	readonly name: string;
	readonly packets: number;
	readonly bytes: number;
}

interface Count {
	readonly packets: number;
	readonly bytes: number;
}

/** Statements that let every packet go on. Any other between counter and verdict may have kept some from being dropped. */
const PASSED_BY_ALL = new Set(["log", "mangle"]);

/** Whether an object has a part in the counts; most rules of a large set have none. */
export function hasCounter(object: unknown): boolean {
	const isOfRule = statementsOf(at(object, "rule")).some(
		(statement) => at(statement, "counter") !== undefined,
	);
	return isOfRule || at(object, "counter") !== undefined;
}

/** `objects`: whole tables. Rules without a counter, or with one that also counts packets that go on, are left out. */
export function dropRules(objects: readonly unknown[]): HostRule[] {
	const rules = objects.map((object) => at(object, "rule")).filter((rule) => rule !== undefined);
	const named = namedCounters(objects, rules);
	return rules.flatMap((rule) => {
		const counter = dropCounter(statementsOf(rule));
		const count = typeof counter === "string" ? named.get(nameIn(rule, counter)) : readCount(counter);
		return count ? [{ ...identityOf(rule), ...count }] : [];
	});
}

/** What counts exactly the packets that the rule drops: a counter of its own, or the name of one. */
function dropCounter(statements: readonly unknown[]): unknown {
	let counter: unknown;
	for (const statement of statements) {
		const [kind = ""] = Object.keys(statement ?? {});
		if (kind === "drop" || kind === "reject") return counter;
		if (kind === "counter") counter = at(statement, kind);
		else if (!PASSED_BY_ALL.has(kind)) counter = undefined;
	}
	return undefined;
}

/** Those that only one rule uses: of a shared one nobody knows who counted what. */
function namedCounters(objects: readonly unknown[], rules: readonly unknown[]): Map<string, Count> {
	const uses = new Map<string, number>();
	for (const rule of rules) {
		for (const statement of statementsOf(rule)) {
			const counter = at(statement, "counter");
			if (typeof counter !== "string") continue;
			uses.set(nameIn(rule, counter), (uses.get(nameIn(rule, counter)) ?? 0) + 1);
		}
	}
	const counters = new Map<string, Count>();
	for (const counter of objects.map((object) => at(object, "counter"))) {
		const name = nameIn(counter, String(at(counter, "name")));
		const count = readCount(counter);
		if (count && uses.get(name) === 1) counters.set(name, count);
	}
	return counters;
}

function identityOf(rule: unknown): Omit<HostRule, keyof Count> {
	const table = { family: String(at(rule, "family")), name: String(at(rule, "table")) };
	const place = `${table.name}/${at(rule, "chain")}/${at(rule, "handle")}`;
	const comment = at(rule, "comment");
	const name = typeof comment === "string" && comment !== "" ? comment : place;
	return { table, place: `${table.family} ${place}`, name: plainText(name) };
}

function nameIn(object: unknown, name: string): string {
	return `${at(object, "family")} ${at(object, "table")} ${name}`;
}

function readCount(counter: unknown): Count | undefined {
	const packets = at(counter, "packets");
	const bytes = at(counter, "bytes");
	return typeof packets === "number" && typeof bytes === "number" ? { packets, bytes } : undefined;
}

function statementsOf(rule: unknown): readonly unknown[] {
	const statements = at(rule, "expr");
	return Array.isArray(statements) ? statements : [];
}

function at(value: unknown, key: string): unknown {
	return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
