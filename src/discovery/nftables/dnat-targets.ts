/** Where a dnat statement sends packets. */
import { canonicalAddress, formatAddress, parseAddress } from "../../model/address.ts";
import type { Endpoint } from "../../model/service.ts";
import { at, elementsOf, partsOf, type Table, unwrap } from "./ruleset.ts";
import { matching, readPorts, type Scope } from "./scope.ts";

export interface Target {
	/** The packets that go there. */
	readonly scope: Scope;
	readonly addresses: readonly string[];
	/** Undefined: the port stays as it is. */
	readonly ports: readonly number[] | undefined;
}

const MAX_RANGE_ADDRESSES = 256;

/** Undefined for those that are no list of addresses and ports. */
export function dnatTargets(table: Table, scope: Scope, dnat: unknown): (Target | undefined)[] {
	const choose = (from: Scope, value: unknown) => choices(table, from, value);
	return choose(scope, at(dnat, "addr")).flatMap((address) => {
		const [host, port] = partsOf(address.value) ?? [address.value, at(dnat, "port")];
		return choose(address.scope, port).map((chosen) => {
			const addresses = readAddresses(host);
			const ports = chosen.value === undefined ? undefined : readPorts(chosen.value);
			if (!addresses || ports === "many") return undefined;
			return { scope: chosen.scope, addresses, ports };
		});
	});
}

/** Each endpoint of a target that packets to `servicePort` may reach. */
export function endpointsOf({ addresses, ports }: Target, servicePort: number): Endpoint[] {
	return addresses.flatMap((address) => (ports ?? [servicePort]).map((port) => ({ address, port })));
}

interface Choice {
	readonly scope: Scope;
	readonly value: unknown;
}

/** `numgen ... map { 0 : A, 1 : B }` and the like; what is no map is the only choice. */
function choices(table: Table, scope: Scope, value: unknown): Choice[] {
	const map = at(value, "map");
	if (map === undefined) return [{ scope, value }];
	return mapElements(table, map).flatMap(({ key, value }) =>
		matching(table, scope, at(map, "key"), key).map((each) => ({ scope: each, value })),
	);
}

export interface MapElement {
	readonly key: unknown;
	readonly value: unknown;
}

/** `map` has a key expression and elements of key and value. */
export function mapElements(table: Table, map: unknown): MapElement[] {
	return elementsOf(table, at(map, "data")).flatMap((element) =>
		Array.isArray(element) ? [{ key: unwrap(element[0]), value: unwrap(element[1]) }] : [],
	);
}

function readAddresses(value: unknown): string[] | undefined {
	const range = at(value, "range");
	if (Array.isArray(range)) return addressRange(String(range[0]), String(range[1]));
	const address = typeof value === "string" ? canonicalAddress(value) : undefined;
	return address === undefined ? undefined : [address];
}

function addressRange(first: string, last: string): string[] | undefined {
	const bytes = parseAddress(first);
	const end = canonicalAddress(last);
	if (!bytes || end === undefined) return undefined;
	const addresses: string[] = [];
	while (addresses.length < MAX_RANGE_ADDRESSES) {
		const address = formatAddress(bytes);
		addresses.push(address);
		if (address === end) return addresses;
		increment(bytes);
	}
	return undefined;
}

function increment(bytes: Uint8Array): void {
	let i = bytes.length - 1;
	while (bytes[i] === 255) bytes[i--] = 0;
	bytes[i] = (bytes[i] ?? 0) + 1;
}
