/** A file's values, each with the span of text that it was read from. */
import type { Span } from "./source-text.ts";

export type Tree = Leaf | List | Mapping;

export interface Leaf extends Span {
	readonly kind: "leaf";
	readonly value: string | number | boolean;
}

export interface List extends Span {
	readonly kind: "list";
	readonly items: readonly Tree[];
}

export interface Mapping extends Span {
	readonly kind: "mapping";
	readonly pairs: ReadonlyMap<string, Pair>;
}

export interface Pair {
	readonly key: Span;
	readonly value: Tree;
}

export type Path = readonly PropertyKey[];

/** The tree without its spans. */
export function plainValue(tree: Tree): unknown {
	if (tree.kind === "leaf") return tree.value;
	if (tree.kind === "list") return tree.items.map(plainValue);
	return Object.fromEntries([...tree.pairs].map(([name, pair]) => [name, plainValue(pair.value)]));
}

export interface Found {
	readonly tree: Tree;
	/** Steps of the path that exist in the file. */
	readonly depth: number;
}

/** What stands at `path`, or at as much of it as the file has: defaults stand nowhere. */
export function findTree(root: Tree, path: Path): Found {
	let tree = root;
	for (const [depth, step] of path.entries()) {
		const next = childOf(tree, step);
		if (!next) return { tree, depth };
		tree = next;
	}
	return { tree, depth: path.length };
}

/** The span of a mapping's key. */
export function findKey(root: Tree, path: Path, key: string): Span {
	const { tree } = findTree(root, path);
	return (tree.kind === "mapping" && tree.pairs.get(key)?.key) || tree;
}

function childOf(tree: Tree, step: PropertyKey): Tree | undefined {
	if (tree.kind === "mapping") return tree.pairs.get(String(step))?.value;
	return tree.kind === "list" ? tree.items[Number(step)] : undefined;
}
