/** zod's issues as findings: where in the text, and in the words of the file. */
import type { z } from "zod";
import { type IssueParams, knownKeys } from "./collections.ts";
import { excerpt, quotedExcerpt } from "./excerpt.ts";
import { nearest } from "./nearest.ts";
import type { Finding } from "./problem.ts";
import { lineAt, type SourceText } from "./source-text.ts";
import { findKey, findTree, type Path, type Tree } from "./tree.ts";

export function describeIssue(source: SourceText, root: Tree, issue: z.core.$ZodIssue): Finding[] {
	if (issue.code === "unrecognized_keys")
		return issue.keys.map((key) => unknownKey(source, root, issue, key));
	const { tree } = findTree(root, issue.path);
	const message = `${subjectOf(source, root, issue)}, expected ${issue.message}`;
	return [{ start: tree.start, end: tree.end, message }];
}

function unknownKey(source: SourceText, root: Tree, issue: z.core.$ZodIssue, key: string): Finding {
	const span = findKey(root, issue.path, key);
	const known = knownKeys(issue.message);
	const meant = nearest(key, known);
	const hint = meant === undefined ? `expected one of ${known.join(", ")}` : `did you mean "${meant}"?`;
	return { start: span.start, end: span.end, message: `unknown key ${quotedExcerpt(source, span)}, ${hint}` };
}

function subjectOf(source: SourceText, root: Tree, issue: z.core.$ZodIssue): string {
	const params: IssueParams = issue.code === "custom" ? (issue.params ?? {}) : {};
	if (params.firstIndex !== undefined) {
		const first = findTree(root, [...issue.path.slice(0, -1), params.firstIndex]).tree;
		return `${params.subject}, first on line ${lineAt(source, first.start)}`;
	}
	return params.subject ?? valueAt(source, root, issue.path);
}

/** "port is 0", or "port is missing". */
function valueAt(source: SourceText, root: Tree, path: Path): string {
	const { tree, depth } = findTree(root, path);
	const isMissing = depth < path.length && tree.kind === "mapping";
	const name = nameOf(path.slice(0, isMissing ? depth + 1 : depth));
	return `${name} is ${isMissing ? "missing" : show(source, tree)}`;
}

/** The last key of the path, with what is numbered below it: `interfaces[1]`. */
function nameOf(path: Path): string {
	if (path.length === 0) return "the file";
	const key = path.findLastIndex((step) => typeof step === "string");
	const indexes = path.slice(key + 1).map((index) => `[${String(index)}]`);
	return `${String(path[key])}${indexes.join("")}`;
}

function show(source: SourceText, tree: Tree): string {
	if (tree.kind === "mapping") return "a mapping";
	if (tree.kind === "list")
		return tree.items.length === 0 ? "an empty list" : `a list of ${tree.items.length}`;
	return excerpt(source, tree) || "empty";
}
