/** The YAML library's nodes to our tree, which keeps the first of equal keys and reports the others. */
import { isMap, isScalar, isSeq, type ParsedNode } from "yaml";
import { quotedExcerpt } from "./excerpt.ts";
import type { Finding } from "./problem.ts";
import { lineAt, type SourceText, type Span } from "./source-text.ts";
import type { Leaf, Pair, Tree } from "./tree.ts";

type Item = { readonly key: ParsedNode; readonly value: ParsedNode | null };

export function growTree(source: SourceText, root: ParsedNode | null): { tree: Tree; findings: Finding[] } {
	const findings: Finding[] = [];
	return { tree: root && !isEmpty(root) ? grow(root) : noKeys(), findings };

	function grow(node: ParsedNode): Tree {
		const [start, end] = node.range;
		if (isSeq<ParsedNode>(node)) return { kind: "list", start, end, items: node.items.map(grow) };
		if (isMap<ParsedNode, ParsedNode | null>(node))
			return { kind: "mapping", start, end, pairs: growPairs(node.items) };
		return leaf(start, end, isScalar(node) ? (node.value as Leaf["value"]) : "");
	}

	function growPairs(items: readonly Item[]): Map<string, Pair> {
		const pairs = new Map<string, Pair>();
		for (const item of items) growPair(pairs, item);
		return pairs;
	}

	function growPair(pairs: Map<string, Pair>, { key, value }: Item): void {
		const [start, end] = key.range;
		if (!isScalar(key)) {
			findings.push({ start, end, message: "a key is a collection, expected text" });
			return;
		}
		const name = String(key.value);
		const first = pairs.get(name);
		if (first) findings.push(givenTwice(source, { start, end }, first.key));
		else pairs.set(name, { key: { start, end }, value: value ? grow(value) : leaf(end, end, "") });
	}
}

/** A file without values leaves everything at its default. */
function noKeys(): Tree {
	return { kind: "mapping", start: 0, end: 0, pairs: new Map() };
}

function leaf(start: number, end: number, value: Leaf["value"]): Leaf {
	return { kind: "leaf", start, end, value };
}

function givenTwice(source: SourceText, key: Span, first: Span): Finding {
	const firstLine = lineAt(source, first.start);
	const message = `key ${quotedExcerpt(source, key)} is given twice, first on line ${firstLine}, expected once`;
	return { ...key, message };
}

function isEmpty(node: ParsedNode): boolean {
	return isScalar(node) && node.range[0] === node.range[1];
}
