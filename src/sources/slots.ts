/** Service slots: the rows of the kernel's per-service maps. One for each label and protocol. */
import { parseAddress } from "../model/address.ts";
import { PROTOCOL_NUMBER, type Protocol, type Service } from "../model/service.ts";
import type { Layouts } from "./layouts.ts";

export interface Slot {
	readonly label: string;
	readonly protocol: Protocol;
}

export interface SlotPlan {
	/** By slot number. */
	readonly slots: readonly Slot[];
	/** Rows of the services map. */
	readonly rows: readonly { readonly service: Service; readonly slot: number }[];
}

/** Services that share label and protocol share a slot: the page sums them anyway. */
export function planSlots(services: readonly Service[]): SlotPlan {
	const numbers = new Map<string, number>();
	const slots: Slot[] = [];
	const rows = services.map((service) => {
		const { label, protocol } = service;
		const key = `${protocol} ${label}`;
		const slot = numbers.get(key) ?? slots.push({ label, protocol }) - 1;
		numbers.set(key, slot);
		return { service, slot };
	});
	return { slots, rows };
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
	for (const { port, protocol } of services) {
		const number = Math.floor(port / ROW_PORTS);
		const row = rows.get(number) ?? Buffer.alloc(layout.size);
		const byte = layout[protocol] + Math.floor((port % ROW_PORTS) / 8);
		row.writeUInt8(row.readUInt8(byte) | (1 << (port % 8)), byte);
		rows.set(number, row);
	}
	return rows;
}
