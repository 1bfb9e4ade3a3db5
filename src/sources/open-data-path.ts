/** The programs loaded and told what to count; attached to nothing yet. */
import { indexKey, possibleCpus, update, updateBatch } from "../bpf/map.ts";
import { BpfObject, type LoadOptions, readMaps, readStructs } from "../bpf/object.ts";
import { writeU64 } from "../bpf/struct.ts";
import type { Service } from "../model/service.ts";
import { type ClientPrefix, IPV4_BITS_BEFORE, prefixMask } from "./client-prefix.ts";
import { nameOfSet } from "./lasting-maps.ts";
import { bindLayouts, type Layouts } from "./layouts.ts";
import { encodeServiceKey, portFilter, takeSlots } from "./slots.ts";

const NS_PER_MS = 1e6;

export interface DataPathOptions {
	readonly services: readonly Service[];
	readonly limits: {
		readonly flows: number;
		readonly pairs: number;
		readonly services: number;
		/** Bits of a client's address that a pair keeps. */
		readonly clientPrefix: ClientPrefix;
	};
	readonly timeouts: {
		readonly tcpHandshakeMs: number;
		readonly tcpEstablishedMs: number;
		readonly tcpClosingMs: number;
		readonly udpMs: number;
		readonly sctpMs: number;
	};
	/** Entries of further maps, as the firewall wants them. */
	readonly mapSizes?: Readonly<Record<string, number>>;
	/** Rules in the firewall maps; 0: the programs do not look at them. */
	readonly firewallRules?: number;
	/** What loadDataPathAside() gave for these options; else they are loaded while the event loop waits. */
	readonly loaded?: BpfObject;
}

/** Room of `others`: pairs of service and endpoint. */
const MAX_OTHERS = 65_536;
/** Below so many rows for each CPU, an LRU map throws out what is new: see the kernel's LOCAL_FREE_TARGET. */
const LRU_ROWS_PER_CPU = 1_280;

/** Sizes of the lasting maps, and of the others that have no size of their own. */
export function sizesOf({ limits }: DataPathOptions, cpus = possibleCpus()): Record<string, number> {
	const { flows, pairs, services } = limits;
	const lru = (rows: number) => Math.max(rows, LRU_ROWS_PER_CPU * cpus);
	return {
		flows,
		pairs,
		pair_rows: pairs,
		others: MAX_OTHERS,
		// Each pair that left may have left one row of its client and one of its endpoint.
		ledger: pairs + MAX_OTHERS + 3 * services,
		services,
		slots: services,
		totals: services,
		overflow: services,
		errors: services,
		unplaced: lru(65_536),
		fragments: lru(16_384),
	};
}

/** Name of the set of maps that these options want. */
export function setFor(options: DataPathOptions): string {
	return nameOfSet(readStructs(), readMaps(sizesOf(options)));
}

/** What is reused are the lasting maps, all or none. */
export type LoadWith = Omit<LoadOptions, "maxEntries">;

export interface OpenWith extends LoadWith {
	/** Called between the load and the first write. */
	readonly prepare?: (object: BpfObject) => void;
}

/** The programs told nothing yet. */
export function loadDataPath(options: DataPathOptions, load: LoadWith = {}): BpfObject {
	return new BpfObject(undefined, loadOptions(options, load));
}

/** The same, while the event loop goes on. */
export function loadDataPathAside(options: DataPathOptions, load: LoadWith = {}): Promise<BpfObject> {
	return BpfObject.loadAside(undefined, loadOptions(options, load));
}

function loadOptions(options: DataPathOptions, load: LoadWith): LoadOptions {
	return { ...load, maxEntries: { ...sizesOf(options), ...options.mapSizes } };
}

export function openDataPath(options: DataPathOptions, { prepare, ...load }: OpenWith = {}): BpfObject {
	const object = options.loaded ?? loadDataPath(options, load);
	try {
		const layouts = bindLayouts(object.structs);
		prepare?.(object);
		update(object.map(".data.settings"), indexKey(0), encodeSettings(options, layouts.settings));
		writeServices(object, options.services, layouts);
	} catch (error) {
		object.close();
		throw error;
	}
	return object;
}

function writeServices(object: BpfObject, services: readonly Service[], layouts: Layouts): void {
	const slots = takeSlots(object, services, layouts);
	for (const [row, ports] of portFilter(services, layouts.servicePorts)) {
		update(object.map("service_ports"), indexKey(row), ports);
	}
	const keys = services.map((service) => encodeServiceKey(service, layouts.serviceKey));
	const values = slots.map(indexKey);
	updateBatch(object.map("services"), Buffer.concat(keys), Buffer.concat(values), services.length);
}

function encodeSettings(
	{ timeouts, limits, firewallRules = 0 }: DataPathOptions,
	layout: Layouts["settings"],
): Buffer {
	const { ipv4, ipv6 } = limits.clientPrefix;
	const settings = Buffer.alloc(layout.size);
	writeU64(settings, timeouts.tcpHandshakeMs * NS_PER_MS, layout.handshake_timeout);
	writeU64(settings, timeouts.tcpEstablishedMs * NS_PER_MS, layout.tcp_idle);
	writeU64(settings, timeouts.tcpClosingMs * NS_PER_MS, layout.tcp_closing);
	writeU64(settings, timeouts.udpMs * NS_PER_MS, layout.udp_idle);
	writeU64(settings, timeouts.sctpMs * NS_PER_MS, layout.sctp_idle);
	settings.set(prefixMask(IPV4_BITS_BEFORE + ipv4), layout.client_mask_ipv4);
	settings.set(prefixMask(ipv6), layout.client_mask_ipv6);
	settings.writeUInt32LE(IPV4_BITS_BEFORE + ipv4, layout.client_prefix_ipv4);
	settings.writeUInt32LE(ipv6, layout.client_prefix_ipv6);
	settings.writeUInt32LE(firewallRules, layout.firewall_rules);
	// Half of the table is for connections that are established.
	settings.writeUInt32LE(Math.ceil(limits.flows / 2), layout.embryo_limit);
	return settings;
}
