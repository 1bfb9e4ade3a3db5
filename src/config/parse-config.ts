/** Text of a configuration file to a Config, or to everything that is wrong with it. */
import type { z } from "zod";
import type { Config } from "./config.ts";
import { describeIssue } from "./describe-issue.ts";
import type { Finding, Problem } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import { configSchema } from "./schema.ts";
import { type Place, placeAt, type SourceText, sourceText } from "./source-text.ts";
import { findTree, type Path, plainValue, type Tree } from "./tree.ts";
import { findUnfitCharacter } from "./unfit-character.ts";

const MAX_BYTES = 4 * 1024 * 1024;
/** A file that is no configuration at all can have a problem per byte. */
const MAX_PROBLEMS = 100;

export interface ParsedConfig extends Located {
	readonly config: Config;
}

export interface Located {
	/** Where a value stands in the file, for problems that only the running kernel shows: `["interfaces", 1]`. */
	readonly locate: (path: Path) => Place;
}

export interface RefusedConfig {
	/** By position; never empty. */
	readonly problems: readonly Problem[];
}

export function parseConfig(text: string, fileName: string): ParsedConfig | RefusedConfig {
	const parsed = parseText(configSchema, text, fileName);
	return "problems" in parsed ? parsed : { config: parsed.value, locate: parsed.locate };
}

/** Looks at characters, then at YAML, then at values; finds all problems of one kind before it gives up. */
export function parseText<T>(
	schema: z.ZodType<T>,
	text: string,
	fileName: string,
): (Located & { readonly value: T }) | RefusedConfig {
	const source = sourceText(fileName, text.replace(/^\ufeff/, ""));
	const unfit = unfitText(source.text);
	if (unfit) return refuse(source, [unfit]);
	const { tree, findings } = readYaml(source);
	if (!tree) return refuse(source, findings);
	const parsed = schema.safeParse(plainValue(tree));
	const issues = parsed.error?.issues.flatMap((issue) => describeIssue(source, tree, issue)) ?? [];
	if (!parsed.success || findings.length > 0) return refuse(source, [...findings, ...issues]);
	return { value: parsed.data, locate: (path) => locate(source, tree, path) };
}

function unfitText(text: string): Finding | undefined {
	const bytes = Buffer.byteLength(text);
	if (bytes > MAX_BYTES)
		return { start: 0, end: 1, message: `the file has ${bytes} bytes, expected at most ${MAX_BYTES}` };
	const unfit = findUnfitCharacter(text);
	if (!unfit) return undefined;
	const { offset: start, codePoint } = unfit;
	return {
		start,
		end: start + 1,
		message: `character ${codePoint} is not allowed, expected printable UTF-8 text`,
	};
}

function refuse(source: SourceText, findings: readonly Finding[]): RefusedConfig {
	const sorted = findings.toSorted((a, b) => a.start - b.start);
	const problems = sorted.slice(0, MAX_PROBLEMS).map((finding) => toProblem(source, finding));
	const next = sorted[MAX_PROBLEMS];
	if (!next) return { problems };
	const message = `${sorted.length - MAX_PROBLEMS} more problems from here on`;
	return { problems: [...problems, toProblem(source, { ...next, message })] };
}

function toProblem(source: SourceText, { message, ...span }: Finding): Problem {
	return { place: placeAt(source, span), message };
}

function locate(source: SourceText, root: Tree, path: Path): Place {
	return placeAt(source, findTree(root, path).tree);
}
