/**
 * Which labels the result of a PromQL expression has. On the way to it all that promtool does not know: whether metrics,
 * labels and values exist, whether both sides of an operator can ever match, and whether rate() meets a counter.
 */
import { parser } from "@prometheus-io/lezer-promql";
import {
	type Metrics,
	MONOTONIC_GAUGES,
	OPTIONAL_TARGET_LABELS,
	TARGET_LABELS,
	valuesOf,
} from "./metrics.ts";
import { fail, labelsOfMatch, without } from "./vector-matching.ts";

type Node = ReturnType<typeof parser.parse>["topNode"];

/** Undefined: a number without labels of its own, or a text. */
export type Labels = ReadonlySet<string> | undefined;

interface Context {
	readonly text: string;
	readonly metrics: Metrics;
}

const FOR_COUNTERS = new Set(["rate", "irate", "increase", "resets"]);
const FOR_GAUGES = new Set(["deriv", "predict_linear", "delta", "idelta", "holt_winters"]);
const KEEP_LABELS = new Set(["topk", "bottomk"]);
const SET_OPERATORS = new Set(["And", "Or", "Unless"]);
const NUMBERS = new Set(["NumberDurationLiteral", "StringLiteral"]);
const WRAPPERS = new Set([
	"PromQL",
	"ParenExpr",
	"UnaryExpr",
	"MatrixSelector",
	"SubqueryExpr",
	"OffsetExpr",
]);

/** @throws when the expression is wrong, or can never give anything */
export function labelsOf(text: string, metrics: Metrics): Labels {
	const tree = parser.parse(text);
	tree.iterate({
		enter({ type, from }) {
			if (type.isError) throw new Error(`Cannot parse: ${text.slice(0, from)}<here>${text.slice(from)}`);
		},
	});
	return visit(tree.topNode, { text, metrics });
}

function visit(node: Node, context: Context): Labels {
	if (NUMBERS.has(node.name)) return undefined;
	if (node.name === "VectorSelector") return ofSelector(node, context);
	if (node.name === "FunctionCall") return ofCall(node, context);
	if (node.name === "AggregateExpr") return ofAggregate(node, context);
	if (node.name === "BinaryExpr") return ofBinary(node, context);
	if (WRAPPERS.has(node.name)) return visit(operands(node)[0] ?? fail(`nothing in ${node.name}`), context);
	return fail(`an unknown kind of expression, ${node.name}`);
}

function ofSelector(node: Node, context: Context): Labels {
	const name = textOf(node.getChild("Identifier") ?? fail("a selector without a name"), context);
	const metric = context.metrics.get(name) ?? fail(`${name}, which no page has`);
	const labels = new Set([...metric.labels, ...(metric.isRecorded ? [] : TARGET_LABELS)]);
	const matchers = node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
	for (const matcher of matchers) {
		const label = textOf(matcher.getChild("LabelName"), context);
		if (!labels.has(label) && !isOptional(label)) fail(`the label ${label}, which ${name} does not have`);
		const values = textOf(matcher.getChild("StringLiteral"), context).slice(1, -1).split("|");
		const possible = valuesOf(name, label);
		for (const value of values) {
			if (possible && !possible.includes(value)) fail(`${label}="${value}", which ${name} never says`);
		}
	}
	return labels;
}

function ofCall(node: Node, context: Context): Labels {
	const name = textOf(node.getChild("FunctionIdentifier"), context);
	const given = operands(node.getChild("FunctionCallBody") ?? node);
	checkType(name, given, context);
	const all = given.map((operand) => visit(operand, context));
	const labels = all.find((found) => found !== undefined);
	if (name === "scalar" || name === "time") return undefined;
	if (name === "absent" || name === "vector") return new Set();
	if (name === "label_replace" || name === "label_join")
		return withLabel(labels, textOf(given[1], context).slice(1, -1));
	if (name === "histogram_quantile") return labels && without(labels, ["le"]);
	return labels;
}

function checkType(name: string, given: readonly Node[], context: Context): void {
	const selector = given.find((operand) => operand.name === "MatrixSelector")?.getChild("VectorSelector");
	if (!selector) return;
	const metric = textOf(selector.getChild("Identifier"), context);
	const isCounter = context.metrics.get(metric)?.type === "counter" || MONOTONIC_GAUGES.has(metric);
	if (FOR_COUNTERS.has(name) && !isCounter) fail(`${name}() of the gauge ${metric}`);
	if (FOR_GAUGES.has(name) && isCounter) fail(`${name}() of the counter ${metric}`);
}

function ofAggregate(node: Node, context: Context): Labels {
	const operator = textOf(node.getChild("AggregateOp"), context);
	const given = operands(node.getChild("FunctionCallBody") ?? node).at(-1);
	const labels = visit(given ?? fail(`${operator} of nothing`), context);
	const modifier = node.getChild("AggregateModifier");
	const named = namesIn(modifier?.getChild("GroupingLabels"), context);
	for (const label of named) {
		if (!labels?.has(label) && !isOptional(label))
			fail(`the label ${label} in ${operator}, whose operand does not have it`);
	}
	if (KEEP_LABELS.has(operator)) return labels;
	return modifier?.getChild("Without") && labels ? without(labels, named) : new Set(named);
}

function ofBinary(node: Node, context: Context): Labels {
	const [left, right] = operands(node).map((operand) => visit(operand, context));
	if (left === undefined || right === undefined) return left ?? right;
	const operator = children(node)[1]?.name ?? "";
	const clause = node.getChild("MatchingModifierClause");
	const [names = [], included = []] = (clause?.getChildren("GroupingLabels") ?? []).map((list) =>
		namesIn(list, context),
	);
	return labelsOfMatch(left, right, {
		set: SET_OPERATORS.has(operator) ? operator : undefined,
		on: clause?.getChild("On") ? names : undefined,
		ignoring: names,
		many: clause?.getChild("GroupLeft") ? left : clause?.getChild("GroupRight") ? right : undefined,
		included,
	});
}

function isOptional(label: string): boolean {
	return OPTIONAL_TARGET_LABELS.includes(label);
}

function namesIn(list: Node | null | undefined, context: Context): string[] {
	return (list?.getChildren("LabelName") ?? []).map((name) => textOf(name, context));
}

function operands(node: Node): Node[] {
	const kinds = new Set([...NUMBERS, ...WRAPPERS]);
	for (const kind of ["VectorSelector", "FunctionCall", "AggregateExpr", "BinaryExpr"]) kinds.add(kind);
	return children(node).filter(({ name }) => kinds.has(name));
}

function children(node: Node): Node[] {
	const found: Node[] = [];
	for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
	return found;
}

function textOf(node: Node | null | undefined, { text }: Context): string {
	return node ? text.slice(node.from, node.to) : "";
}

function withLabel(labels: Labels, label: string): Labels {
	return new Set([...(labels ?? []), label]);
}
