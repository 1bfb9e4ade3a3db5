/** What LoxiLB's firewall drops, from the maps of its data plane. */
import { setImmediate } from "node:timers/promises";
import { indexKey, lookup, sumOverCpus } from "../bpf/map.ts";
import { valueShape } from "../bpf/map-shape.ts";
import { bindFields } from "../bpf/struct.ts";
import type { HostFirewall } from "./host-firewall.ts";
import { type DropTotals, namedDrops } from "./host-firewall-totals.ts";
import type { KeptDrops } from "./kept-drops.ts";
import { type LoxilbRule, readLoxilbRules, type TypedMap } from "./loxilb-rules.ts";
import { addCounts, beginMap, isKnownMap, type LoxilbCount } from "./loxilb-totals.ts";

export const FIREWALL_MAPS = ["fw_v4_map", "fw_v6_map", "fw_stats_map"] as const;

/** Open until close(). */
export interface LoxilbFirewallMaps {
	readonly maps: Readonly<Record<(typeof FIREWALL_MAPS)[number], TypedMap & { readonly id: number }>>;
	close(): void;
}

export interface LoxilbFirewallOptions {
	/** @throws when there are none */
	readonly open: () => LoxilbFirewallMaps;
	/** Of our own rules. */
	readonly ownNames: ReadonlySet<string>;
	/** What earlier runs have counted, and where later ones find it. */
	readonly kept: KeptDrops;
}

export interface LoxilbFirewall extends HostFirewall {
	/** What is known, without a look at the maps. */
	known(): Promise<ReturnType<typeof namedDrops>>;
}

/** Counters between two pauses: each is a call of the kernel. */
const SLICE = 256;

export function createLoxilbFirewall({ open, ownNames, kept }: LoxilbFirewallOptions): LoxilbFirewall {
	let drops: DropTotals | undefined;
	let rules = 0;
	const load = async () => {
		drops ??= await kept.load();
		return drops;
	};
	const named = ({ totals }: DropTotals) => namedDrops(totals.values(), ownNames, "loxilb");

	async function add({ maps }: LoxilbFirewallMaps): Promise<DropTotals> {
		const stats = maps.fw_stats_map;
		const found = [...readLoxilbRules(maps.fw_v4_map), ...readLoxilbRules(maps.fw_v6_map)];
		const before = await load();
		const isKnown = isKnownMap(before, stats.id);
		const all = Array.from({ length: stats.maxEntries }, (_, counter) => ({ counter, name: undefined }));
		const counts = await readCounts(stats, isKnown ? [] : all);
		const base = isKnown ? before : beginMap(before, stats.id, counts);
		const now = addCounts(base, stats.id, await readCounts(stats, countersOf(found)), kept.longestName);
		kept.save(before, now);
		rules = found.length;
		return now;
	}

	return {
		async read() {
			const opened = open();
			try {
				drops = await add(opened);
				return named(drops);
			} finally {
				opened.close();
			}
		},
		known: async () => named(await load()),
		get rules() {
			return rules;
		},
	};
}

type NamedCounter = Pick<LoxilbCount, "counter" | "name">;

/** Each once. */
function countersOf(rules: readonly LoxilbRule[]): NamedCounter[] {
	const counters = rules.map(({ counter, isDrop, name }) => {
		return [counter, { counter, name: isDrop ? name : undefined }] as const;
	});
	return [...new Map(counters).values()];
}

async function readCounts(map: TypedMap, counters: readonly NamedCounter[]): Promise<LoxilbCount[]> {
	const layout = bindFields(map.types.value, { bytes: "u64", packets: "u64" });
	const shape = { ...valueShape(map), keySize: map.keySize, keys: Buffer.alloc(0), count: 1 };
	const counts: LoxilbCount[] = [];
	for (const [i, counter] of counters.entries()) {
		if (i % SLICE === SLICE - 1) await setImmediate();
		const values = lookup(map, indexKey(counter.counter));
		// A rule that LoxiLB could give no counter.
		if (values === undefined) continue;
		const rows = { ...shape, values };
		const [packets, bytes] = [layout.packets, layout.bytes].map((at) => sumOverCpus(rows, 0, at));
		counts.push({ ...counter, packets: packets as number, bytes: bytes as number });
	}
	return counts;
}
