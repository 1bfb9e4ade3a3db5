/** nftables rules as libnftables writes them in JSON (libnftables-json(5)), by chain. Unknown forms are passed over. */

export interface Rule {
	/** `family table/chain/handle` */
	readonly place: string;
	readonly family: string;
	readonly table: string;
	/** Each an object with one property, the kind of the statement. */
	readonly statements: readonly unknown[];
}

export interface Ruleset {
	readonly rules: Map<string, Rule[]>;
	/** Chains through which packets come in. */
	readonly entrances: string[];
	/** Elements of sets and maps. */
	readonly elements: Map<string, readonly unknown[]>;
}

export function emptyRuleset(): Ruleset {
	return { rules: new Map(), entrances: [], elements: new Map() };
}

/** Key of a chain, set or map of a table. */
export function placeOf({ family, table }: { family: string; table: string }, name: string): string {
	return `${family} ${table}/${name}`;
}

export function addObjects(ruleset: Ruleset, objects: readonly unknown[]): void {
	for (const object of objects) {
		addRule(ruleset, at(object, "rule"));
		addChain(ruleset, at(object, "chain"));
		addElements(ruleset, at(object, "set") ?? at(object, "map"));
	}
}

function addRule({ rules }: Ruleset, rule: unknown): void {
	const statements = at(rule, "expr");
	if (!Array.isArray(statements)) return;
	const owner = ownerOf(rule);
	const chain = placeOf(owner, String(at(rule, "chain")));
	const list = rules.get(chain) ?? [];
	list.push({ ...owner, place: `${chain}/${at(rule, "handle")}`, statements });
	rules.set(chain, list);
}

/** NAT is decided where packets come in, and where those of this machine begin. */
function addChain({ entrances }: Ruleset, chain: unknown): void {
	const isNat = at(chain, "type") === "nat";
	if (isNat && ["prerouting", "output"].includes(String(at(chain, "hook"))))
		entrances.push(placeOf(ownerOf(chain), String(at(chain, "name"))));
}

function addElements({ elements }: Ruleset, set: unknown): void {
	const list = at(set, "elem");
	if (Array.isArray(list)) elements.set(placeOf(ownerOf(set), String(at(set, "name"))), list);
}

function ownerOf(object: unknown): { family: string; table: string } {
	return { family: String(at(object, "family")), table: String(at(object, "table")) };
}

/** A property of whatever may have it. */
export function at(value: unknown, key: string): unknown {
	return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** What a set or map holds: one value, a list, an anonymous one, or a named one of the rule's table. */
export function elementsOf(ruleset: Ruleset, rule: Rule, value: unknown): readonly unknown[] {
	if (typeof value === "string" && value.startsWith("@"))
		return ruleset.elements.get(placeOf(rule, value.slice(1))) ?? [];
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
