/** Properties of what another server sent: there is no telling what they are. */
export type Properties = Readonly<Record<string, unknown>>;

/** The objects of a list; none of what is no list. */
export function objectsIn(value: unknown): Properties[] {
	return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}
