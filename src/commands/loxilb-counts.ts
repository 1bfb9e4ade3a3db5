/** Counts what LoxiLB's firewall drops, as the configuration says; the counts outlast the change. */
import { existsSync } from "node:fs";
import { LOXILB_COUNTS_OBJECT } from "../bpf/object.ts";
import { openPinnedObject, type PinnedObject } from "../bpf/pinned-object.ts";
import type { Config, Enabled } from "../config/config.ts";
import { findLoxilb, watchForLoxilb } from "../discovery/loxilb/find-loxilb.ts";
import type { NamedDrops } from "../firewall/host-firewall-totals.ts";
import { keptDrops } from "../firewall/kept-drops.ts";
import { createLoxilbFirewall, FIREWALL_MAPS, type LoxilbFirewall } from "../firewall/loxilb-firewall.ts";
import { createLoxilbMaps } from "../sources/loxilb/bind-maps.ts";
import { countsLoxilb } from "./discovery-sources.ts";
import type { Lost } from "./lost.ts";

export interface LoxilbDrops {
	readonly drops: readonly NamedDrops[];
	/** Active, whether they drop or not. */
	readonly rules: number;
}

export interface LoxilbCounts {
	/** Undefined when it could not be read. */
	read(): Promise<LoxilbDrops | undefined>;
	/** From now on; `ownNames` may grow. Not during a read. */
	use(config: Pick<Config, "services" | "discovery" | "firewall">, ownNames: ReadonlySet<string>): Lost;
	close(): void;
}

/**
 * `directory`: of LoxiLB's maps, where one is configured. `pins`: of what is counted; undefined: nothing is pinned.
 * `tried`: called after each read, see Tried.
 */
export function countLoxilb(
	directory: string | undefined,
	pins: string | undefined,
	tried: (failure: string | undefined) => void,
): LoxilbCounts {
	const loxilb = createLoxilbMaps(FIREWALL_MAPS, directory);
	let wanted: Enabled = false;
	let names: ReadonlySet<string> = new Set();
	let counts: PinnedObject | undefined;
	let firewall: LoxilbFirewall | undefined;
	let hasRead = false;
	const isHere = watchForLoxilb(directory);

	function start(): LoxilbFirewall {
		counts ??= openPinnedObject(LOXILB_COUNTS_OBJECT, pins, ["host_counts"]);
		firewall ??= createLoxilbFirewall({
			open: loxilb.open,
			ownNames: names,
			kept: keptDrops(counts.object),
		});
		return firewall;
	}

	async function known(): Promise<LoxilbDrops> {
		return { drops: firewall ? await firewall.known() : [], rules: 0 };
	}

	/** Why nothing of it is counted, though it is there. */
	function whyNot(): string[] {
		try {
			// What an earlier run has counted stays on the page while LoxiLB is away.
			if (pins !== undefined && existsSync(pins)) start();
			if (wanted === "auto" && !findLoxilb(directory)) return [];
			loxilb.open().close();
			start();
			return [];
		} catch (error) {
			return [`what LoxiLB's firewall drops: ${(error as Error).message}`];
		}
	}

	return {
		async read() {
			if (wanted === false) return { drops: [], rules: 0 };
			if (wanted === "auto" && !(await isHere())) return known();
			try {
				const counting = start();
				const drops = await counting.read();
				hasRead = true;
				tried(undefined);
				return { drops, rules: counting.rules };
			} catch (error) {
				// Nobody has asked for it: said once, by use().
				if (wanted === "auto" && !hasRead) return known();
				tried((error as Error).message);
				return undefined;
			}
		},
		use(config, ownNames) {
			const before = wanted;
			[wanted, names] = [countsLoxilb(config), ownNames];
			if (wanted === before || wanted === false) return { forgotten: [], uncounted: [] };
			const uncounted = whyNot();
			return { forgotten: counts?.forgotten === undefined ? [] : [counts.forgotten], uncounted };
		},
		close: () => counts?.object.close(),
	};
}
