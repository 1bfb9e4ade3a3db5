/** YAML text to a tree. Stricter than YAML: one document, nothing but plain values, nothing said twice. */
import { Composer, type Document, type ScalarTag } from "yaml";
import { growTree } from "./grow-tree.ts";
import type { Finding } from "./problem.ts";
import type { SourceText } from "./source-text.ts";
import type { Tree } from "./tree.ts";
import { readTokens } from "./yaml-tokens.ts";

/**
 * The only values that are not text. YAML 1.2 reads 010 as 10, 0x50 as 80 and 1e3 as 1000; here they stay text, and
 * what expects a number refuses them.
 */
const TAGS: ScalarTag[] = [
	{ tag: "tag:yaml.org,2002:int", default: true, test: /^-?(?:0|[1-9]\d*)$/, resolve: Number },
	{
		tag: "tag:yaml.org,2002:bool",
		default: true,
		test: /^(?:true|false)$/,
		resolve: (text) => text === "true",
	},
];

export interface YamlReading {
	/** Undefined when the text is no YAML. */
	readonly tree: Tree | undefined;
	readonly findings: readonly Finding[];
}

export function readYaml(source: SourceText): YamlReading {
	const { tokens, findings } = readTokens(source.text);
	if (findings.length > 0) return { tree: undefined, findings };
	// uniqueKeys compares each key with all before it: minutes for a large mapping. growTree() needs one pass.
	const composer = new Composer({ schema: "failsafe", customTags: TAGS, uniqueKeys: false });
	const [document, second] = composer.compose(tokens, true, source.text.length);
	const refused = document ? syntaxFindings(source, document) : [];
	if (second) refused.push(manyDocuments(second));
	if (refused.length > 0) return { tree: undefined, findings: refused };
	return growTree(source, document?.contents ?? null);
}

/** Warnings included: the library warns about what it cannot understand, such as a directive. */
function syntaxFindings({ text }: SourceText, { errors, warnings }: Document.Parsed): Finding[] {
	// What is missing at the end of the file is missing after its last word, not on the empty line below.
	const last = text.trimEnd().length;
	return [...errors, ...warnings].map(({ pos: [start, end], message }) => {
		return { start: Math.min(start, last), end, message: `Cannot parse YAML: ${message}` };
	});
}

function manyDocuments({ range: [start] }: Document.Parsed): Finding {
	return { start, end: start + "---".length, message: "a second document starts here, expected one" };
}
