/** All that a user may decide, with every default filled in. Undefined only where absence has a meaning of its own. */
import type { Service } from "../model/service.ts";
import type { Prefix } from "./prefix.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const FIREWALL_ACTIONS = ["drop", "count"] as const;
export type FirewallAction = (typeof FIREWALL_ACTIONS)[number];

export interface Config {
	readonly listen: Listen;
	readonly poll: { readonly intervalMs: number };
	/** `auto`: every interface of this network namespace that is not stacked on another. */
	readonly interfaces: "auto" | readonly Interface[];
	readonly services: readonly Service[];
	readonly health: HealthChecks;
	readonly firewall: { readonly rules: readonly FirewallRule[] };
	readonly limits: Limits;
	readonly timeouts: Timeouts;
	readonly log: { readonly level: LogLevel };
}

export interface Listen {
	/** Canonical text; undefined: every address of this machine. */
	readonly address: string | undefined;
	readonly port: number;
}

export interface Interface {
	readonly name: string;
	/** File of the network namespace; undefined: the one that this process runs in. */
	readonly netns: string | undefined;
}

export interface HealthChecks {
	readonly enabled: boolean;
	readonly intervalMs: number;
	/** Never longer than the interval. */
	readonly timeoutMs: number;
	/** Successes in a row that make an endpoint healthy. */
	readonly rise: number;
	/** Failures in a row that make it unhealthy. */
	readonly fall: number;
	/** Probes under way at one moment. */
	readonly concurrency: number;
	/** File of the network namespace to probe from; undefined: the one that this process runs in. */
	readonly netns: string | undefined;
}

export interface FirewallRule {
	readonly name: string;
	readonly action: FirewallAction;
	/** Empty: any. */
	readonly source: readonly Prefix[];
	/** Empty: any. */
	readonly destination: readonly Prefix[];
	/** IP protocol number; undefined: any. */
	readonly protocol: number | undefined;
	/** Destination ports. Empty: any. */
	readonly ports: readonly PortRange[];
}

export interface PortRange {
	readonly first: number;
	/** Itself part of the range. */
	readonly last: number;
}

/** Sizes of the kernel's tables. */
export interface Limits {
	readonly flows: number;
	readonly pairs: number;
	readonly services: number;
}

/** How long a flow may be silent in each state. */
export interface Timeouts {
	readonly tcpHandshakeMs: number;
	readonly tcpEstablishedMs: number;
	readonly tcpClosingMs: number;
	readonly udpMs: number;
	readonly sctpMs: number;
}
