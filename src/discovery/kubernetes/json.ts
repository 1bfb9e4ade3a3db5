/** JSON that nobody has vouched for. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is no object, or is not there, has no properties. */
export function objectOf(value: unknown): Json {
	return isObject(value) ? value : {};
}

/** Go writes an empty list as null. */
export function listOf(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}
