/** Brings what the kernel counts in line with a list of services, while the programs run. */
import {
	indexKey,
	type MapDescription,
	readAll,
	readFirst,
	removeBatch,
	update,
	updateBatch,
} from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { inEqualSlices } from "../model/in-slices.ts";
import type { Service } from "../model/service.ts";
import type { Layouts } from "./layouts.ts";
import { addPorts, encodeServiceKey, type Slots } from "./slots.ts";

export interface Applied {
	/** Those that are counted. */
	readonly services: readonly Service[];
	/** How many are not: there was no row or no slot left for them. */
	readonly uncounted: number;
}

/** Slots by key of the map `services`, its bytes a character each. */
type Rows = Map<string, number>;

/** About a millisecond of work, two where slots are given. */
const ROWS_PER_SLICE = 100;
/** The same for work that is a look-up or two. */
const LIGHT_ROWS_PER_SLICE = 500;

/**
 * Slots are given for good, and what they have counted stays. A flow that is open keeps its slot until it ends, whatever
 * becomes of its service; therefore the bits of ports are only set: one too many costs look-ups, one too few packets.
 */
export async function applyServices(
	object: BpfObject,
	services: readonly Service[],
	slots: Slots,
	layouts: Layouts,
): Promise<Applied> {
	const map = object.map("services");
	const present = await readRows(map);
	const keys = await keysOf(services, layouts);
	const { rows, counted } = await chooseRows(services, keys, present, slots, map.maxEntries);
	await setPorts(object, counted, layouts);
	const gone = await filterInSlices([...present.keys()], (key) => !rows.has(key));
	await inEqualSlices(gone.length, ROWS_PER_SLICE, (from, to) => {
		removeBatch(map, Buffer.from(gone.slice(from, to).join(""), "latin1"), to - from);
	});
	await writeRows(map, await filterInSlices([...rows], ([key, slot]) => present.get(key) !== slot));
	return { services: counted, uncounted: services.length - counted.length };
}

async function readRows(map: MapDescription): Promise<Rows> {
	const { count, keys, values, keySize, valueStride } = await readAll(map);
	const rows: Rows = new Map();
	await inEqualSlices(count, LIGHT_ROWS_PER_SLICE, (from, to) => {
		for (let row = from; row < to; row++) {
			const key = keys.toString("latin1", row * keySize, (row + 1) * keySize);
			rows.set(key, values.readUInt32LE(row * valueStride));
		}
	});
	return rows;
}

async function filterInSlices<T>(items: readonly T[], isWanted: (item: T) => boolean): Promise<T[]> {
	const wanted: T[] = [];
	await inEqualSlices(items.length, LIGHT_ROWS_PER_SLICE, (from, to) => {
		for (let i = from; i < to; i++) if (isWanted(items[i] as T)) wanted.push(items[i] as T);
	});
	return wanted;
}

async function keysOf(services: readonly Service[], { serviceKey }: Layouts): Promise<string[]> {
	const keys: string[] = [];
	await inEqualSlices(services.length, ROWS_PER_SLICE, (from, to) => {
		for (const service of services.slice(from, to)) {
			keys.push(encodeServiceKey(service, serviceKey).toString("latin1"));
		}
	});
	return keys;
}

/** When not all fit, those that are counted already go before newcomers. */
async function chooseRows(
	services: readonly Service[],
	keys: readonly string[],
	present: Rows,
	slots: Slots,
	room: number,
): Promise<{ rows: Rows; counted: Service[] }> {
	const rows: Rows = new Map();
	const isCounted: boolean[] = [];
	for (const isTurn of [(key: string) => present.has(key), (key: string) => !present.has(key)]) {
		await inEqualSlices(services.length, ROWS_PER_SLICE, (from, to) => {
			for (let i = from; i < to; i++) {
				const key = keys[i] as string;
				if (!isTurn(key) || rows.has(key) || rows.size >= room) continue;
				const { label, protocol } = services[i] as Service;
				const slot = slots.take(label, protocol);
				if (slot === undefined) continue;
				rows.set(key, slot);
				isCounted[i] = true;
			}
		});
	}
	return { rows, counted: services.filter((_, i) => isCounted[i]) };
}

async function setPorts(
	object: BpfObject,
	services: readonly Service[],
	{ servicePorts }: Layouts,
): Promise<void> {
	const map = object.map("service_ports");
	const wanted = new Map<number, Buffer>();
	await inEqualSlices(services.length, LIGHT_ROWS_PER_SLICE, (from, to) =>
		addPorts(wanted, services.slice(from, to), servicePorts),
	);
	const { values, valueStride } = readFirst(map, map.maxEntries);
	const rows = [...wanted];
	await inEqualSlices(rows.length, ROWS_PER_SLICE, (from, to) => {
		for (const [row, ports] of rows.slice(from, to)) {
			const known = values.subarray(row * valueStride, (row + 1) * valueStride);
			for (let i = 0; i < known.length; i++) ports[i] = (ports[i] as number) | (known[i] as number);
			if (!ports.equals(known)) update(map, indexKey(row), ports);
		}
	});
}

async function writeRows(map: MapDescription, rows: readonly (readonly [string, number])[]): Promise<void> {
	await inEqualSlices(rows.length, ROWS_PER_SLICE, (from, to) => {
		const slice = rows.slice(from, to);
		const values = Buffer.concat(slice.map(([, slot]) => indexKey(slot)));
		updateBatch(map, Buffer.from(slice.map(([key]) => key).join(""), "latin1"), values, slice.length);
	});
}
