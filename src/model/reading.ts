/** What one source saw at one moment. Every counter is absolute: it counts since the counters began. */
import type { LoxilbCounts } from "./loxilb-counts.ts";
import type { PairSums } from "./pair-sums.ts";
import type { PairTable } from "./pair-table.ts";
import type { Protocol } from "./service.ts";

export { OTHER, UNKNOWN } from "./stand-ins.ts";

export const ERROR_REASONS = ["refused", "reset", "timeout", "unreachable", "abort"] as const;
export type ErrorReason = (typeof ERROR_REASONS)[number];
export const ERROR_ORIGINS = ["client", "endpoint", "network"] as const;
export type ErrorOrigin = (typeof ERROR_ORIGINS)[number];

/** Totals that the kernel keeps of one service slot. */
export interface ServiceTotals {
	readonly label: string;
	readonly protocol: Protocol;
	readonly requests: number;
	/** Read after the pairs, so never below their sum: the cross-check of the contract. */
	readonly bytes: number;
	readonly packets: number;
	readonly errors: readonly ErrorCount[];
}

export interface ErrorCount {
	readonly reason: ErrorReason;
	readonly origin: ErrorOrigin;
	readonly count: number;
}

export interface FlowCounts {
	readonly active: Readonly<Record<Protocol, number>>;
	readonly inactive: number;
}

export interface FirewallRuleCount {
	readonly name: string;
	readonly action: "drop" | "count";
	readonly packets: number;
	readonly bytes: number;
}

/** Packets of the host's own firewall. */
export interface NetfilterCounts {
	/** Whatever dropped them, in all network namespaces. */
	readonly dropped: number;
	/** By rules with a counter. */
	readonly byRules: number;
}

export interface MapFill {
	readonly map: string;
	readonly entries: number;
	readonly capacity: number;
}

/** Counts that say what was not counted as traffic, and why. */
export interface NamedCount {
	readonly name: string;
	readonly count: number;
}

export interface Reading {
	/** Monotonic clock, milliseconds. */
	readonly readAtMs: number;
	/** By service slot, those of services that are gone included. */
	readonly services: readonly ServiceTotals[];
	/** What the table says in sum after the same poll. */
	readonly pairs: PairSums;
	readonly flows: FlowCounts;
	/** Of every rule that there ever was; those of the same name and action are one. Undefined: some could not be read. */
	readonly firewall: readonly FirewallRuleCount[] | undefined;
	/** Rules that are active now. */
	readonly firewallRules: number | undefined;
	/** Undefined: not counted. */
	readonly netfilter: NetfilterCounts | undefined;
	readonly maps: readonly MapFill[];
	/** Packets that found no room, by the map that was full. */
	readonly overflowPackets: readonly NamedCount[];
	/** Pairs that left since the counters began, by reason. */
	readonly evictedPairs: readonly NamedCount[];
	/** Packets that were no countable traffic, by reason: malformed, later fragments of unknown flows. */
	readonly ignoredPackets: readonly NamedCount[];
	/** Programs attached, by interface. */
	readonly interfaces: readonly InterfaceState[];
	/** Only of a source that sees no events: its requests and errors are not known, and 0 here. */
	readonly loxilb?: LoxilbCounts;
}

export interface InterfaceState {
	readonly name: string;
	readonly attached: boolean;
}

export const LEAVE_REASONS = ["idle", "crowded"] as const;
export type LeaveReason = (typeof LEAVE_REASONS)[number];

export interface Source {
	/** The pairs of the last reading. */
	readonly table: PairTable;
	/** One poll: all pairs into the table, the rest into the Reading. */
	read(): Promise<Reading>;
	/** Asks the kernel to let pairs go: nothing more is added to them, and the next poll does not find them. `rows` of the table. */
	release(rows: Uint32Array, reason: LeaveReason): Promise<void>;
}
