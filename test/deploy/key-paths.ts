/** Keys of a configuration, as paths such as services[].endpoints[].port. */
import { z } from "zod";

interface JsonSchema {
	readonly properties?: Readonly<Record<string, JsonSchema>>;
	readonly items?: JsonSchema;
	readonly anyOf?: readonly JsonSchema[];
}

/** Of all that may be in a file. */
export function pathsOfSchema(schema: z.ZodType): string[] {
	// What is read by hand is any JSON to zod.
	return walkSchema(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema, "");
}

function walkSchema({ properties = {}, items, anyOf = [] }: JsonSchema, path: string): string[] {
	return [
		...Object.entries(properties).flatMap(([key, value]) => {
			const below = join(path, key);
			return [below, ...walkSchema(value, below)];
		}),
		...(items ? walkSchema(items, `${path}[]`) : []),
		...anyOf.flatMap((each) => walkSchema(each, path)),
	];
}

/** Of a file, with what stands there: for lists and mappings, undefined. */
export function pathsOfFile(value: unknown, path = ""): [path: string, value: unknown][] {
	if (Array.isArray(value)) return value.flatMap((item) => pathsOfFile(item, `${path}[]`));
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
		const below = join(path, key);
		return [[below, typeof item === "object" ? undefined : item], ...pathsOfFile(item, below)];
	});
}

function join(path: string, key: string): string {
	return path === "" ? key : `${path}.${key}`;
}
