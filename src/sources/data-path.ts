/** The data path of lbscope itself: its programs loaded, told what to count, and read. */
import { indexKey, type MapDescription, readAll, sumOverCpus, update } from "../bpf/map.ts";
import type { Neighbour } from "../bpf/netlink.ts";
import { BpfObject } from "../bpf/object.ts";
import { readU64, writeU64 } from "../bpf/struct.ts";
import { runSyscall } from "../bpf/test-run.ts";
import type {
	FirewallRuleCount,
	FlowCounts,
	InterfaceState,
	Reading,
	ServiceTotals,
} from "../model/reading.ts";
import type { Service } from "../model/service.ts";
import { createEndpointNames } from "./endpoint-names.ts";
import { bindLayouts, type Layouts } from "./layouts.ts";
import { createAddressTexts, type PairReader, readPairs } from "./read-pairs.ts";
import { errorsOf, trafficOverCpus } from "./read-services.ts";
import { encodeServiceKey, planSlots, portFilter, type Slot } from "./slots.ts";

/** In the order of enum ignored_reason. */
const IGNORED_REASONS = ["malformed", "fragment_without_first"] as const;

const NS_PER_MS = 1e6;

export interface DataPathOptions {
	readonly services: readonly Service[];
	readonly limits: { readonly flows: number; readonly pairs: number; readonly services: number };
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
}

/** What the data path does not know by itself. */
export interface Surroundings {
	readonly now: () => number;
	readonly neighbours: () => readonly Neighbour[];
	readonly firewall: () => Promise<readonly FirewallRuleCount[] | undefined>;
	readonly interfaces: () => readonly InterfaceState[];
}

/** Loads the programs and fills the maps; attaches nothing. */
export function openDataPath(options: DataPathOptions): BpfObject {
	const { flows, pairs, services } = options.limits;
	// Read whole at each poll, for every possible CPU: no larger than needed.
	const slots = Math.max(planSlots(options.services).slots.length, 1);
	const bySlot = { totals: slots, overflow: slots, errors: slots };
	const object = new BpfObject(undefined, {
		maxEntries: { flows, pairs, services, ...bySlot, ...options.mapSizes },
	});
	try {
		const layouts = bindLayouts(object.structs);
		update(object.map(".data.settings"), indexKey(0), encodeSettings(options, layouts.settings));
		writeServices(object, options.services, layouts);
	} catch (error) {
		object.close();
		throw error;
	}
	return object;
}

function writeServices(object: BpfObject, services: readonly Service[], layouts: Layouts): void {
	for (const [row, ports] of portFilter(services, layouts.servicePorts)) {
		update(object.map("service_ports"), indexKey(row), ports);
	}
	for (const { service, slot } of planSlots(services).rows) {
		update(object.map("services"), encodeServiceKey(service, layouts.serviceKey), indexKey(slot));
	}
}

function encodeSettings(
	{ timeouts, firewallRules = 0 }: DataPathOptions,
	layout: Layouts["settings"],
): Buffer {
	const settings = Buffer.alloc(layout.size);
	writeU64(settings, timeouts.tcpHandshakeMs * NS_PER_MS, layout.handshake_timeout);
	writeU64(settings, timeouts.tcpEstablishedMs * NS_PER_MS, layout.tcp_idle);
	writeU64(settings, timeouts.tcpClosingMs * NS_PER_MS, layout.tcp_closing);
	writeU64(settings, timeouts.udpMs * NS_PER_MS, layout.udp_idle);
	writeU64(settings, timeouts.sctpMs * NS_PER_MS, layout.sctp_idle);
	settings.writeUInt32LE(firewallRules, layout.firewall_rules);
	return settings;
}

/** Gives a Reading of the object at each call of read(). */
export function createDataPathSource(
	object: BpfObject,
	services: readonly Service[],
	surroundings: Surroundings,
) {
	const layouts = bindLayouts(object.structs);
	const { slots } = planSlots(services);
	const endpoints = new Set(services.flatMap((service) => service.endpoints.map(({ address }) => address)));
	const reader: PairReader = {
		layouts,
		texts: createAddressTexts(),
		names: createEndpointNames(surroundings.neighbours, endpoints),
	};
	return { read: () => readDataPath(object, slots, reader, surroundings) };
}

/**
 * The order matters. The walk books what the flows have counted to the pairs; these come before the totals, so that these
 * are never smaller; the errors come before the requests, so that they are never more.
 */
async function readDataPath(
	object: BpfObject,
	slots: readonly Slot[],
	reader: PairReader,
	surroundings: Surroundings,
): Promise<Reading> {
	const { layouts } = reader;
	reader.names.forgetNeighbours();
	const { flows, rows: flowRows } = await walk(object, layouts.walk);
	const pairRows = await readAll(object.map("pairs"));
	const overflow = await readOverflow(object, slots, layouts);
	const pairs = readPairs(pairRows, overflow.bySlot, reader);
	return {
		services: await readServices(object, slots, layouts),
		pairs,
		flows,
		firewall: await surroundings.firewall(),
		maps: [
			fill(object.map("flows"), flowRows),
			fill(object.map("pairs"), pairRows.count),
			fill(object.map("services"), slots.length),
		],
		overflowPackets: overflow.packets,
		ignoredPackets: await readIgnored(object.map("ignored")),
		interfaces: surroundings.interfaces(),
		readAtMs: surroundings.now(),
	};
}

function fill(map: MapDescription, entries: number) {
	return { map: map.name, entries, capacity: map.maxEntries };
}

/** `rows`: of the flow table, also those that are no flows. */
async function walk(
	object: BpfObject,
	layout: Layouts["walk"],
): Promise<{ flows: FlowCounts; rows: number }> {
	const result = Buffer.alloc(layout.size);
	await runSyscall(object.program("walk"), result);
	const active = {
		tcp: readU64(result, layout.active_tcp),
		udp: readU64(result, layout.active_udp),
		sctp: readU64(result, layout.active_sctp),
	};
	const inactive = readU64(result, layout.inactive);
	const rows = active.tcp + active.udp + active.sctp + inactive + readU64(result, layout.legs);
	return { flows: { active, inactive }, rows };
}

async function readServices(
	object: BpfObject,
	slots: readonly Slot[],
	layouts: Layouts,
): Promise<ServiceTotals[]> {
	const errors = await readAll(object.map("errors"));
	const totals = await readAll(object.map("totals"));
	return slots.map((slot, i) => ({
		...slot,
		requests: sumOverCpus(totals, i, layouts.totals.requests),
		...trafficOverCpus(totals, i, layouts.totals.traffic, layouts.traffic),
		errors: errorsOf(errors, i),
	}));
}

async function readOverflow(object: BpfObject, slots: readonly Slot[], layouts: Layouts) {
	const rows = await readAll(object.map("overflow"));
	const flows = slots.map((_, i) => trafficOverCpus(rows, i, layouts.overflow.flows, layouts.traffic));
	const pairs = slots.map((_, i) => trafficOverCpus(rows, i, layouts.overflow.pairs, layouts.traffic));
	const packetsOf = (columns: typeof flows) => columns.reduce((sum, { packets }) => sum + packets, 0);
	return {
		bySlot: flows.map((flow, i) => ({
			packets: flow.packets + (pairs[i]?.packets ?? 0),
			bytes: flow.bytes + (pairs[i]?.bytes ?? 0),
		})),
		packets: [
			{ name: "flows", count: packetsOf(flows) },
			{ name: "pairs", count: packetsOf(pairs) },
		],
	};
}

async function readIgnored(map: MapDescription) {
	const rows = await readAll(map);
	return IGNORED_REASONS.map((name, i) => ({ name, count: sumOverCpus(rows, i, 0) }));
}
