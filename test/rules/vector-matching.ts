/** Whether the two sides of an operator can match, and which labels the result has. */

export type LabelSet = ReadonlySet<string>;

export interface Matching {
	/** "And", "Or" or "Unless"; undefined: arithmetic or a comparison. */
	readonly set: string | undefined;
	/** Undefined: all labels but those in `ignoring`. */
	readonly on: readonly string[] | undefined;
	readonly ignoring: readonly string[];
	/** The side that group_left or group_right lets have several series for one of the other. */
	readonly many: LabelSet | undefined;
	/** Labels that it takes over from the other side. */
	readonly included: readonly string[];
}

/** @throws when no series can ever match, or several would */
export function labelsOfMatch(left: LabelSet, right: LabelSet, matching: Matching): LabelSet {
	const { set, on, ignoring, many, included } = matching;
	const keys = on ? keysOn(left, right, on) : keysIgnoring(left, right, ignoring);
	if (set !== undefined) return set === "Or" ? new Set([...left, ...right]) : left;
	for (const side of [left, right]) if (side !== many) checkUnique(side, keys);
	return many ? new Set([...many, ...included]) : keys;
}

function keysOn(left: LabelSet, right: LabelSet, on: readonly string[]): LabelSet {
	for (const label of on) {
		if (!left.has(label) || !right.has(label)) fail(`on (${label}), which one side does not have`);
	}
	return new Set(on);
}

/** Without on(), the sides match only where they have the same labels. */
function keysIgnoring(left: LabelSet, right: LabelSet, ignored: readonly string[]): LabelSet {
	const one = [...without(left, ignored)].sort();
	const other = [...without(right, ignored)].sort();
	if (one.join() !== other.join()) fail(`sides that can never match: {${one}} and {${other}}`);
	for (const label of ignored) {
		if (!left.has(label) && !right.has(label)) fail(`ignoring (${label}), which no side has`);
	}
	return new Set(one);
}

/** Several series of one side for one key: Prometheus refuses that when it happens, not when it parses. */
function checkUnique(side: LabelSet, keys: LabelSet): void {
	for (const label of side) {
		if (!keys.has(label)) fail(`many ${label} for one match, without group_left or group_right`);
	}
}

export function without(labels: LabelSet, names: readonly string[]): LabelSet {
	return new Set([...labels].filter((label) => !names.includes(label)));
}

export function fail(what: string): never {
	throw new Error(`Cannot use the expression: it has ${what}`);
}
