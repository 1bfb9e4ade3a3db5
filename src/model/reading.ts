/** What one source saw at one moment. Every counter is absolute: it counts since the counters began. */
import type { Protocol } from "./service.ts";

export const ERROR_REASONS = ["refused", "reset", "timeout", "unreachable", "abort"] as const;
export type ErrorReason = (typeof ERROR_REASONS)[number];
export const ERROR_ORIGINS = ["client", "endpoint", "network"] as const;
export type ErrorOrigin = (typeof ERROR_ORIGINS)[number];

/** `dip` of bytes whose endpoint never became known. */
export const UNKNOWN = "unknown";
/** `sip` and `dip` of traffic that found no room for a series of its own. */
export const OTHER = "other";

/** Totals that the kernel keeps of one service label and protocol. */
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

/**
 * Client-endpoint pairs as columns of equal length; row i is one pair. What found no room in the kernel is a row with
 * client and endpoint `other`.
 */
export interface PairColumns {
	readonly length: number;
	/** Index into Reading.services. */
	readonly service: Uint32Array;
	/** Indexes into `addresses`. */
	readonly client: Uint32Array;
	readonly endpoint: Uint32Array;
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
	/** Label texts: canonical addresses, `unknown`, `other`. */
	readonly addresses: readonly string[];
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
	readonly services: readonly ServiceTotals[];
	readonly pairs: PairColumns;
	readonly flows: FlowCounts;
	/** Undefined when no firewall is configured. */
	readonly firewall: readonly FirewallRuleCount[] | undefined;
	readonly maps: readonly MapFill[];
	/** Packets that found no room, by the map that was full. */
	readonly overflowPackets: readonly NamedCount[];
	/** Packets that were no countable traffic, by reason: malformed, later fragments of unknown flows. */
	readonly ignoredPackets: readonly NamedCount[];
	/** Programs attached, by interface. */
	readonly interfaces: readonly InterfaceState[];
}

export interface InterfaceState {
	readonly name: string;
	readonly attached: boolean;
}

export interface Source {
	read(): Promise<Reading>;
}
