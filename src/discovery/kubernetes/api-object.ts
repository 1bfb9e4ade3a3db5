/** What lists, events and objects have in common. */
import { Expired, printable, Unreadable } from "./api-error.ts";
import { isObject, type Json, objectOf } from "./json.ts";

/** @throws {Unreadable} when it is none */
export function objectIn(value: unknown, what: string): Json {
	if (isObject(value)) return value;
	throw new Unreadable(`${what} is ${printable(value)}, expected an object`);
}

/** @throws {Unreadable} when it is no JSON object */
export function parseObject(text: string): Json {
	let value: unknown = text;
	try {
		value = JSON.parse(text);
	} catch {}
	return objectIn(value, "the answer");
}

/** Tells objects of one kind apart. */
export function keyOf({ metadata }: Json): string {
	const { namespace, name } = objectOf(metadata);
	return JSON.stringify([namespace, name]);
}

/** Opaque, but text. */
export function versionOf({ metadata }: Json): string {
	const version = objectOf(metadata).resourceVersion;
	if (typeof version === "string" && version !== "") return version;
	throw new Unreadable(`resourceVersion is ${printable(version)}, expected text`);
}

/** Go writes an empty list as null. No list at all must not pass for an empty one: all services would be gone. */
export function itemsOf({ items }: Json): readonly unknown[] {
	if (items === null) return [];
	if (Array.isArray(items)) return items;
	throw new Unreadable(`items is ${printable(items)}, expected a list`);
}

/** What the next page is asked with; empty after the last. */
export function continueOf({ metadata }: Json): string {
	const { continue: next } = objectOf(metadata);
	return typeof next === "string" ? next : "";
}

/** From the Status object of an ERROR event. */
export function errorOf(status: unknown): Error {
	const { code, message } = objectOf(status);
	if (code === 410) return new Expired(printable(message));
	return new Unreadable(`the server ends it with ${printable(code)} (${printable(message)})`);
}
