/** Schemas of mappings and lists, and checks that see several values at once. */
import { z } from "zod";

/** What a problem adds to zod's issue: a subject of its own, or the earlier item of the list that it repeats. */
export interface IssueParams {
	readonly subject?: string;
	readonly firstIndex?: number;
}

export type Report = (path: (string | number)[], expected: string, params?: IssueParams) => void;

/** A mapping with these keys only. About unknown keys its message lists the known ones: see knownKeys(). */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
	const keys = Object.keys(shape).join(", ");
	return z.strictObject(shape, {
		error: (issue) => (issue.code === "unrecognized_keys" ? keys : `a mapping of ${keys}`),
	});
}

export function knownKeys(message: string): string[] {
	return message.split(", ");
}

/** One value or a list of them. */
export function oneOrMore<Item extends z.ZodType>(item: Item, max: number) {
	return z.preprocess((value) => (Array.isArray(value) ? value : [value]), listOf(item, 1, max));
}

export function listOf<Item extends z.ZodType>(item: Item, min: number, max: number) {
	return z.array(item, "a list").min(min, `at least ${min}`).max(max, `at most ${max}`);
}

/** A check of these keys of a mapping together. Runs when they are sound, whatever is wrong with others. */
export function acrossKeys<T extends object>(
	keys: readonly (keyof T & string)[],
	check: (value: T, report: Report) => void,
) {
	return z.superRefine<T>((value, context) => check(value, reportTo(context)), {
		when: ({ value, issues }) =>
			isMapping(value) && !issues.some(({ path = [] }) => keys.some((key) => key === path[0])),
	});
}

function isMapping(value: unknown): boolean {
	return typeof value === "object" && !Array.isArray(value);
}

/** Refuses an item that repeats an earlier one. Looks at sound items only, whatever is wrong with others. */
export function unique<T>(nameOf: (item: T) => string, expected: string) {
	return z.superRefine<T[]>(
		(items, context) => {
			const broken = new Set(context.issues.map(({ path = [] }) => path[0]));
			const firsts = new Map<string, number>();
			for (const [index, item] of items.entries()) {
				if (broken.has(index)) continue;
				const name = nameOf(item);
				const firstIndex = firsts.get(name);
				if (firstIndex === undefined) firsts.set(name, index);
				else reportTo(context)([index], expected, { subject: `${name} is listed twice`, firstIndex });
			}
		},
		{ when: ({ value }) => Array.isArray(value) },
	);
}

function reportTo(context: z.core.$RefinementCtx<unknown>): Report {
	return (path, message, params = {}) =>
		context.addIssue({ code: "custom", path, message, params: { ...params } });
}
