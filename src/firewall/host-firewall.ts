/** What the firewall of the host drops: nftables rules that somebody else has loaded. */
import { setImmediate } from "node:timers/promises";
import { canBeListed, listRuleset, type Table } from "../bpf/libnftables.ts";
import { readRulesetGeneration } from "../bpf/nft-generation.ts";
import { jsonListPieces } from "../model/json-list.ts";
import { dropRules, type HostRule, hasCounter } from "./host-firewall-rules.ts";
import { addDrops, type DropTotals, type NamedDrops, namedDrops } from "./host-firewall-totals.ts";
import type { KeptDrops } from "./kept-drops.ts";

export interface HostFirewallOptions {
	/** File of the network namespace; undefined: the own one. */
	readonly netns: string | undefined;
	/** Of our own rules. */
	readonly ownNames: ReadonlySet<string>;
	/** What earlier runs have counted, and where later ones find it. */
	readonly kept: KeptDrops;
}

export interface HostFirewall {
	/** Each name once. Never two at a time. */
	read(): Promise<NamedDrops[]>;
	/** Found by the last read. */
	readonly rules: number;
}

/** Where there was something to count, when all tables were read. */
interface Known {
	readonly generation: string;
	readonly tables: readonly Table[];
	/** When all may be read again: it takes seconds where kube-proxy has its rules, which change all the time. */
	readonly restUntilMs: number;
}

const REST_PER_WORK = 9;

export function createHostFirewall({ netns, ownNames, kept }: HostFirewallOptions): HostFirewall {
	let known: Known | undefined;
	let drops: DropTotals | undefined;
	const readAllTables = async () => {
		const startMs = performance.now();
		// Before the rules: a change while they are read makes another one necessary.
		const generation = readRulesetGeneration(netns);
		const rules = await readRules(netns, undefined);
		const restMs = REST_PER_WORK * (performance.now() - startMs);
		known = { generation, tables: tablesOf(rules), restUntilMs: performance.now() + restMs };
		return rules;
	};
	return {
		async read() {
			const rules = (known && (await readKnown(netns, known))) ?? (await readAllTables());
			const before = drops ?? (await kept.load());
			const now = addDrops(before, rules, kept.longestName);
			kept.save(before, now);
			drops = now;
			return namedDrops(now.totals.values(), ownNames, "nft");
		},
		get rules() {
			return drops?.rules.size ?? 0;
		},
	};
}

/** Undefined when all tables must be read. */
async function readKnown(netns: string | undefined, known: Known): Promise<HostRule[] | undefined> {
	const isSame = readRulesetGeneration(netns) === known.generation;
	if (!isSame && performance.now() >= known.restUntilMs) return undefined;
	if (!known.tables.every(canBeListed)) return undefined;
	try {
		const lists: HostRule[][] = [];
		for (const table of known.tables) lists.push(await readRules(netns, table));
		return lists.flat();
	} catch {
		// The table is gone.
		return undefined;
	}
}

async function readRules(netns: string | undefined, table: Table | undefined): Promise<HostRule[]> {
	const text = await listRuleset({ netns, elements: false, table });
	const objects: unknown[] = [];
	for (const piece of jsonListPieces(text, "nftables")) {
		objects.push(...piece.filter(hasCounter));
		await setImmediate();
	}
	return dropRules(objects);
}

function tablesOf(rules: readonly HostRule[]): Table[] {
	const tables = rules.map(({ table }) => table);
	return [...new Map(tables.map((table) => [`${table.family} ${table.name}`, table])).values()];
}
