/** Service slots: the rows of the kernel's per-service maps. One for each label and protocol that there ever was. */
import { longestName, type Name, readNames, rowsOfNames, writeName } from "../bpf/names.ts";
import type { BpfObject } from "../bpf/object.ts";
import { parseAddress } from "../model/address.ts";
import { PROTOCOL_NUMBER, PROTOCOLS, type Protocol, type Service } from "../model/service.ts";
import type { Layouts } from "./layouts.ts";

export interface Slot {
	readonly label: string;
	readonly protocol: Protocol;
}

/** By slot number; also those of services that are gone, for their counters stay. */
export function readSlots(object: BpfObject, { name }: Layouts): Slot[] {
	return readNames(object.map("slots"), name).map(({ kind, text }) => ({
		label: text,
		protocol: protocolOf(kind),
	}));
}

function protocolOf(number: number): Protocol {
	const protocol = PROTOCOLS.find((candidate) => PROTOCOL_NUMBER[candidate] === number);
	if (!protocol) throw new Error(`Cannot read map slots: it has protocol ${number}, expected 6, 17 or 132`);
	return protocol;
}

/**
 * Slot of each service. Services that share label and protocol share a slot: the page sums them anyway.
 * @throws when there are no more
 */
export function takeSlots(object: BpfObject, services: readonly Service[], { name }: Layouts): number[] {
	const names = services.map(({ label, protocol }): Name => {
		return { kind: PROTOCOL_NUMBER[protocol], text: label };
	});
	return rowsOfNames(object.map("slots"), name, names);
}

/** The slots as they are given while the exporter runs. */
export interface Slots {
	/** By slot number. Grows, and loses none. */
	readonly list: readonly Slot[];
	/** The slot of this name, which gets one when it has none yet. Undefined: there is no more, or the label is too long. */
	take(label: string, protocol: Protocol): number | undefined;
}

export function openSlots(object: BpfObject, layouts: Layouts): Slots {
	const map = object.map("slots");
	const list = readSlots(object, layouts);
	const known = new Map(list.map(({ label, protocol }, slot) => [`${protocol} ${label}`, slot]));
	const give = (label: string, protocol: Protocol): number | undefined => {
		const slot = list.length;
		if (slot >= map.maxEntries || Buffer.byteLength(label) > longestName(layouts.name)) return undefined;
		writeName(map, layouts.name, slot, { kind: PROTOCOL_NUMBER[protocol], text: label });
		list.push({ label, protocol });
		known.set(`${protocol} ${label}`, slot);
		return slot;
	};
	return { list, take: (label, protocol) => known.get(`${protocol} ${label}`) ?? give(label, protocol) };
}

/** @throws {RangeError} when the VIP is no IP address */
export function encodeServiceKey(service: Service, layout: Layouts["serviceKey"]): Buffer {
	const vip = parseAddress(service.vip);
	if (!vip) throw new RangeError(`Cannot use VIP ${service.vip}: it is no IP address`);
	const key = Buffer.alloc(layout.size);
	key.set(vip, layout.vip);
	key.writeUInt16BE(service.port, layout.port);
	key.writeUInt8(PROTOCOL_NUMBER[service.protocol], layout.protocol);
	return key;
}

/** Ports in one row of the port filter. */
const ROW_PORTS = 64;

/** Rows of the port filter by number: a bit for each port that a service has. */
export function portFilter(
	services: readonly Service[],
	layout: Layouts["servicePorts"],
): Map<number, Buffer> {
	const rows = new Map<number, Buffer>();
	addPorts(rows, services, layout);
	return rows;
}

/** The same to rows that are there already. */
export function addPorts(
	rows: Map<number, Buffer>,
	services: readonly Service[],
	layout: Layouts["servicePorts"],
): void {
	for (const { port, protocol } of services) {
		const number = Math.floor(port / ROW_PORTS);
		const row = rows.get(number) ?? Buffer.alloc(layout.size);
		const byte = layout[protocol] + Math.floor((port % ROW_PORTS) / 8);
		row.writeUInt8(row.readUInt8(byte) | (1 << (port % 8)), byte);
		rows.set(number, row);
	}
}
