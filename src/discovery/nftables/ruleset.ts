/** nftables rules as libnftables writes them in JSON (libnftables-json(5)). Unknown forms are passed over. */

export interface Ruleset {
	/** By family and name. */
	readonly tables: Map<string, Table>;
	/** Chains through which packets come in. */
	readonly entrances: { readonly table: Table; readonly chain: string }[];
}

export interface Table {
	/** With its family in front. */
	readonly name: string;
	readonly chains: Map<string, Rule[]>;
	/** Elements of sets and maps. */
	readonly elements: Map<string, readonly unknown[]>;
}

export interface Rule {
	readonly table: Table;
	readonly chain: string;
	readonly handle: unknown;
	readonly statements: readonly Statement[];
}

export interface Statement {
	readonly kind: string;
	readonly value: unknown;
}

/** Kinds of statements after which a packet may be sent somewhere. Rules without one are not kept. */
const LEADING = new Set(["jump", "goto", "vmap", "dnat", "xt"]);

export function emptyRuleset(): Ruleset {
	return { tables: new Map(), entrances: [] };
}

export function placeOf({ table, chain, handle }: Rule): string {
	return `${table.name}/${chain}/${handle}`;
}

export function addObjects(ruleset: Ruleset, objects: readonly unknown[]): void {
	for (const object of objects) {
		const rule = at(object, "rule");
		const chain = at(object, "chain");
		const set = at(object, "set") ?? at(object, "map");
		if (rule !== undefined) addRule(tableOf(ruleset, rule), rule);
		else if (chain !== undefined) addChain(ruleset, chain);
		else if (set !== undefined) addElements(tableOf(ruleset, set), set);
	}
}

function tableOf({ tables }: Ruleset, object: unknown): Table {
	const name = `${at(object, "family")} ${at(object, "table")}`;
	const table = tables.get(name) ?? { name, chains: new Map(), elements: new Map() };
	tables.set(name, table);
	return table;
}

function addRule(table: Table, rule: unknown): void {
	const statements = readStatements(at(rule, "expr"));
	if (!statements.some(({ kind }) => LEADING.has(kind))) return;
	const chain = String(at(rule, "chain"));
	const rules = table.chains.get(chain) ?? [];
	rules.push({ table, chain, handle: at(rule, "handle"), statements });
	table.chains.set(chain, rules);
}

/** In JSON each is an object with one property. */
function readStatements(list: unknown): Statement[] {
	const objects: readonly unknown[] = Array.isArray(list) ? list : [];
	return objects.flatMap((object) => Object.entries(object ?? {}).map(([kind, value]) => ({ kind, value })));
}

/** NAT is decided where packets come in, and where those of this machine begin. */
function addChain(ruleset: Ruleset, chain: unknown): void {
	const isEntrance = ["prerouting", "output"].includes(String(at(chain, "hook")));
	if (at(chain, "type") === "nat" && isEntrance)
		ruleset.entrances.push({ table: tableOf(ruleset, chain), chain: String(at(chain, "name")) });
}

function addElements({ elements }: Table, set: unknown): void {
	const list = at(set, "elem");
	if (Array.isArray(list)) elements.set(String(at(set, "name")), list);
}

/** A property of whatever may have it. */
export function at(value: unknown, key: string): unknown {
	return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** What a set or map holds: one value, a list, an anonymous one, or a named one of the table. */
export function elementsOf(table: Table, value: unknown): readonly unknown[] {
	if (typeof value === "string" && value.startsWith("@")) return table.elements.get(value.slice(1)) ?? [];
	const list = at(value, "set") ?? value;
	return Array.isArray(list) ? list : [list];
}

/** Elements with a comment, timeout or counter have these around their value. */
export function unwrap(element: unknown): unknown {
	const wrapped = at(element, "elem");
	return wrapped === undefined ? element : at(wrapped, "val");
}

/** The parts of `a . b . c`; undefined when it is no such thing. */
export function partsOf(value: unknown): readonly unknown[] | undefined {
	const parts = at(value, "concat");
	return Array.isArray(parts) ? parts : undefined;
}
