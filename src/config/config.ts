/** All that a user may decide, with every default filled in. Undefined only where absence has a meaning of its own. */
import type { Probe } from "../model/probe.ts";
import type { Service } from "../model/service.ts";
import type { SourceName } from "./loxilb-schema.ts";
import type { Prefix } from "./prefix.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/**
 * Who says which endpoints are healthy. `passive`: the handshakes of clients. `auto`: where there is a source with verdicts,
 * the source, else the probe, and the handshakes where nothing can be asked.
 */
export const HEALTH_SOURCES = ["auto", "probe", "discovery", "passive"] as const;
export type HealthSource = (typeof HEALTH_SOURCES)[number];
export const FIREWALL_ACTIONS = ["drop", "count"] as const;
export type FirewallAction = (typeof FIREWALL_ACTIONS)[number];

export const DROP_CAPABILITIES = ["auto", "never"] as const;
export type DropCapabilities = (typeof DROP_CAPABILITIES)[number];

/** Sets of names under which the page has its families, see src/metrics/names.ts. */
export const NAME_SETS = ["contract", "loxilb", "loxilb_legacy"] as const;
/** Names of families with a series for each client, which no set but `contract` brings along. */
export const CLIENT_SERIES_NAMES = [
	"client_traffic_packets",
	"lb_rule_interaction_bytes",
	"lb_rule_interaction_packets",
	"loxilb_client_traffic_packets_total",
	"loxilb_lb_rule_interaction_bytes_total",
	"loxilb_lb_rule_interaction_packets_total",
] as const;
export type MetricName = (typeof NAME_SETS | typeof CLIENT_SERIES_NAMES)[number];

export interface Config {
	readonly listen: Listen;
	readonly web: Web;
	readonly metrics: { readonly names: readonly MetricName[] };
	readonly poll: { readonly intervalMs: number };
	readonly source: SourceName;
	/** Where its maps are pinned; undefined: where they are found. */
	readonly loxilb: { readonly pins: string | undefined };
	/** `auto`: every interface of this network namespace that is not stacked on another. */
	readonly interfaces: "auto" | readonly Interface[];
	readonly services: readonly Service[];
	readonly discovery: Discovery;
	readonly health: HealthChecks;
	readonly firewall: Firewall;
	readonly limits: Limits;
	readonly timeouts: Timeouts;
	readonly pins: Pins;
	readonly reload: Reload;
	readonly self: SelfWatch;
	readonly system: System;
	readonly security: Security;
	readonly log: { readonly level: LogLevel };
}

export interface Listen {
	/** Canonical text; undefined: every address of this machine. */
	readonly address: string | undefined;
	readonly port: number;
	/** Where the page is as well, besides /metrics. */
	readonly paths: readonly string[];
}

/** Files that say who may ask. Undefined: there is none. */
export interface Web {
	/** In the format of Prometheus' exporters. */
	readonly configFile: string | undefined;
	readonly bearerTokensFile: string | undefined;
}

export interface Interface {
	readonly name: string;
	/** File of the network namespace; undefined: the one that this process runs in. */
	readonly netns: string | undefined;
}

/** `auto`: while nothing else says where services are: none is listed, and no source is enabled. */
export type Enabled = boolean | "auto";

/** Where services are found besides those that are listed. */
export interface Discovery {
	/** `auto` does without it, too, when this is no pod. */
	readonly kubernetes: KubernetesSource;
	readonly loxilb: LoxilbSource;
	readonly ipvs: KernelSource;
	readonly nftables: KernelSource;
}

export interface KubernetesSource {
	readonly enabled: Enabled;
	/** Empty: all. */
	readonly namespaces: readonly string[];
	/** Empty: all services. */
	readonly labelSelector: string;
	/** Where node ports are served; undefined: at the addresses of this network namespace. */
	readonly nodeAddresses: readonly string[] | undefined;
	/** These three: undefined is what a pod is told. */
	readonly server: ApiServerPlace | undefined;
	readonly tokenFile: string | undefined;
	readonly caFile: string | undefined;
}

export interface ApiServerPlace {
	readonly host: string;
	readonly port: number;
}

export interface LoxilbSource {
	/** `auto` does without it, too, when none is found. */
	readonly enabled: Enabled;
	/** Without a path. */
	readonly url: string;
	/** Sent as it is. */
	readonly authorization: string | undefined;
	readonly intervalMs: number;
	readonly timeoutMs: number;
}

export interface KernelSource {
	readonly enabled: Enabled;
	/** File of the network namespace; undefined: the one that this process runs in. */
	readonly netns: string | undefined;
	readonly intervalMs: number;
}

export interface HealthChecks {
	readonly enabled: boolean;
	readonly source: HealthSource;
	/** Of endpoints whose services have none of their own. */
	readonly probe: Probe;
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

export interface Firewall {
	readonly rules: readonly FirewallRule[];
	/** Whether drops of nftables rules of others are counted as well. */
	readonly host: boolean;
	/** Whether drops of LoxiLB's rules are. `auto`: where LoxiLB is a source of services, and is on this node. */
	readonly loxilb: Enabled;
	/** File of the network namespace of nftables; undefined: the one that this process runs in. */
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

/** Sizes of the kernel's tables, and what keeps them from filling up. */
export interface Limits {
	readonly flows: number;
	/** Of a service, a client and an endpoint: as many series of their own there are at most. */
	readonly pairs: number;
	readonly services: number;
	/** A pair that has counted nothing for so long leaves the page. */
	readonly pairIdleMs: number;
	readonly clientPrefix: ClientPrefix;
}

/** Leading bits of a client's address that tell it from others, in the family's own count: 32 and 128 for single hosts. */
export interface ClientPrefix {
	readonly ipv4: number;
	readonly ipv6: number;
}

/** Where maps and links outlive the exporter. */
export interface Pins {
	readonly enabled: boolean;
	/** A directory in a bpffs; it need not be there yet. */
	readonly path: string;
}

/** What makes the exporter read its configuration again, besides SIGHUP. */
export interface Reload {
	/** Changes of the file. */
	readonly watch: boolean;
	/** POST /-/reload. */
	readonly http: boolean;
}

export interface Security {
	/** `auto`: once the programs are loaded, what nothing later needs is given up. */
	readonly dropCapabilities: DropCapabilities;
}

/** What the exporter measures of itself only when asked to. */
export interface SelfWatch {
	/** Has the kernel take the time of every run of every BPF program of this node, others' too. */
	readonly programStats: boolean;
}

/** What is told of the machine itself. */
export interface System {
	/** A directory of the file system whose use is told: in a container, where the node's root is mounted. */
	readonly root: string;
}

/** How long a flow may be silent in each state. */
export interface Timeouts {
	readonly tcpHandshakeMs: number;
	readonly tcpEstablishedMs: number;
	readonly tcpClosingMs: number;
	readonly udpMs: number;
	readonly sctpMs: number;
}
