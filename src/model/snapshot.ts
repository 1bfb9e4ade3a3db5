/** Everything one page says but for its pairs and clients, see series.ts. Made by takeSnapshot() from one poll, replaced whole by the next. */
import type { EndpointHealth } from "./health.ts";
import type { LoxilbCounts } from "./loxilb-counts.ts";
import type {
	ErrorCount,
	FirewallRuleCount,
	FlowCounts,
	InterfaceState,
	MapFill,
	NamedCount,
	NetfilterCounts,
} from "./reading.ts";
import type { Protocol, Service } from "./service.ts";
import type { SystemUse } from "./system-use.ts";
import type { RetiredTraffic, Traffic } from "./traffic.ts";

export type { RetiredTraffic, Traffic } from "./traffic.ts";

/** One value of the `service` label. */
export interface ServiceRow extends Traffic {
	readonly service: string;
	/** These two, and what follows from them: undefined when the source sees no events. */
	readonly requests: number | undefined;
	readonly errors: number | undefined;
	readonly errorsBy: readonly ErrorCount[];
	/** Bytes that the kernel counted for the service but that stand in no pair of this page; undefined when it keeps no such count. */
	readonly unattributedBytes: number | undefined;
	readonly retired: RetiredTraffic;
	/** Share (0..1) of all bytes of the last two minutes; undefined without traffic. */
	readonly share: number | undefined;
	/** Flows per second over the last 60 s; undefined before the second poll. */
	readonly rps1mAvg: number | undefined;
	readonly rps1mPeak: number | undefined;
}

export interface EndpointRow {
	readonly service: string;
	readonly dip: string;
	readonly bytes: number;
	/** Share (0..1) of the bytes of its service in the last two minutes; undefined without traffic. */
	readonly share: number | undefined;
}

/** Per second over the last poll interval. */
export interface Rates {
	readonly requests: number | undefined;
	readonly bytes: number;
	readonly packets: number;
	readonly errors: number | undefined;
}

/** What the data path said. Absent from a page when it could not be read. */
export interface DataPath {
	readonly flows: FlowCounts;
	readonly processed: Readonly<Record<Protocol, Traffic>>;
	readonly requests: number | undefined;
	readonly errors: number | undefined;
	readonly services: readonly ServiceRow[];
	readonly endpoints: readonly EndpointRow[];
	/** Undefined at the first poll: there is no interval yet. */
	readonly newFlows: number | undefined;
	readonly rates: Rates | undefined;
	readonly lcus: number | undefined;
	/** Undefined when some rules could not be read. */
	readonly firewall: readonly FirewallRuleCount[] | undefined;
	readonly firewallRules: number | undefined;
	/** Undefined: not counted. */
	readonly netfilter: NetfilterCounts | undefined;
	readonly maps: readonly MapFill[];
	readonly overflowPackets: readonly NamedCount[];
	readonly evictedPairs: readonly NamedCount[];
	readonly ignoredPackets: readonly NamedCount[];
	readonly interfaces: readonly InterfaceState[];
	readonly loxilb?: LoxilbCounts;
}

/** What runs, and on what. */
export interface Build {
	readonly version: string;
	readonly nodeVersion: string;
	readonly libbpfVersion: string;
	readonly kernel: string;
}

export interface Snapshot {
	readonly build: Build;
	/** Those that are counted. */
	readonly services: readonly Service[];
	/** How many more there are, for which there was no room. */
	readonly uncountedServices: number;
	readonly dataPath: DataPath | undefined;
	/** Undefined when endpoints are not probed. */
	readonly health: readonly EndpointHealth[] | undefined;
	readonly system: SystemUse;
}
