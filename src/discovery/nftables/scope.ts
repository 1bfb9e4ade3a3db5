/** Which packets reach a rule, as far as it matters: their destination address, protocol and destination port. */
import { canonicalAddress } from "../../model/address.ts";
import { PROTOCOL_NUMBER, PROTOCOLS, type Protocol } from "../../model/service.ts";
import { at, elementsOf, partsOf, type Table, unwrap } from "./ruleset.ts";

/** Undefined: any. "many": a range that is no list of services. */
export type Allowed<T> = readonly T[] | "many" | undefined;

export interface Scope {
	readonly addresses: Allowed<string>;
	readonly protocols: Allowed<Protocol>;
	readonly ports: Allowed<number>;
}

type Field = keyof Scope;

const MAX_RANGE_PORTS = 256;

export const ANY_PACKET: Scope = { addresses: undefined, protocols: undefined, ports: undefined };

/** The packets of `scope` for which `left` is `right`, or one of it when it is a set. Nothing when there are none. */
export function matching(table: Table, scope: Scope, left: unknown, right: unknown): Scope[] {
	const values = elementsOf(table, right).map(unwrap);
	const parts = partsOf(left);
	if (!parts) return narrow(scope, left, values);
	return values.flatMap((value) => {
		let scopes = [scope];
		for (const [i, part] of parts.entries()) {
			scopes = scopes.flatMap((each) => narrow(each, part, [partsOf(value)?.[i]]));
		}
		return scopes;
	});
}

function narrow(scope: Scope, expression: unknown, values: readonly unknown[]): Scope[] {
	const protocol = PROTOCOLS.find((each) => each === at(at(expression, "payload"), "protocol"));
	const within = protocol ? restrict(scope, "protocols", [protocol]) : scope;
	const field = fieldOf(expression);
	const narrowed = field ? restrict(within, field, READ[field](values)) : within;
	const isEmpty = Object.values(narrowed).some((allowed) => allowed?.length === 0);
	return isEmpty ? [] : [narrowed];
}

function restrict(scope: Scope, field: Field, allowed: Allowed<string | number>): Scope {
	const known: Allowed<string | number> = scope[field];
	if (allowed === undefined || (allowed === "many" && known !== undefined)) return scope;
	const both =
		Array.isArray(known) && allowed !== "many" ? known.filter((each) => allowed.includes(each)) : allowed;
	return { ...scope, [field]: both };
}

/** Undefined for everything that says nothing about the service: source, interface, mark, random numbers. */
function fieldOf(expression: unknown): Field | undefined {
	if (at(at(expression, "meta"), "key") === "l4proto") return "protocols";
	const payload = at(expression, "payload");
	const protocol = at(payload, "protocol");
	const field = at(payload, "field");
	if (protocol === "ip" || protocol === "ip6") {
		if (field === "daddr") return "addresses";
		return field === "protocol" || field === "nexthdr" ? "protocols" : undefined;
	}
	return field === "dport" ? "ports" : undefined;
}

const READ: Readonly<Record<Field, (values: readonly unknown[]) => Allowed<string | number>>> = {
	addresses: (values) => readEach(values, readAddress),
	protocols: (values) => readEach(values, readProtocol),
	ports: (values) => readEach(values, readPorts),
};

function readEach<T>(values: readonly unknown[], read: (value: unknown) => Allowed<T>): Allowed<T> {
	const all: T[] = [];
	for (const value of values) {
		const allowed = read(value);
		if (allowed === undefined || allowed === "many") return "many";
		all.push(...allowed);
	}
	return all;
}

function readAddress(value: unknown): Allowed<string> {
	const address = typeof value === "string" ? canonicalAddress(value) : undefined;
	return address === undefined ? "many" : [address];
}

function readProtocol(value: unknown): Allowed<Protocol> {
	return PROTOCOLS.filter((each) => each === value || PROTOCOL_NUMBER[each] === value);
}

export function readPorts(value: unknown): Allowed<number> {
	if (isPort(value)) return [value];
	const range = at(value, "range");
	if (!Array.isArray(range)) return "many";
	const [first, last] = range;
	if (!isPort(first) || !isPort(last) || last - first >= MAX_RANGE_PORTS) return "many";
	return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function isPort(value: unknown): value is number {
	return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65535;
}
