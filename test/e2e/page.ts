/**
 * The page as a scraper reads it: text format 0.0.4, written from its description and not from our renderer. Whatever
 * Prometheus would refuse or misread is an error here.
 */
export type Labels = Readonly<Record<string, string>>;

export interface Series {
	readonly labels: Labels;
	readonly value: number;
}

export interface Page {
	readonly text: string;
	/** Type of each family, by name. */
	readonly types: ReadonlyMap<string, string>;
	/** All series of the name; none when it is not on the page. */
	series(name: string): readonly Series[];
	/** Of the series with exactly these labels. @throws when it is not on the page. */
	value(name: string, labels?: Labels): number;
	/** Of all series that have these labels, whatever else they have. */
	sum(name: string, labels?: Labels): number;
	names(): readonly string[];
}

interface Sample extends Series {
	readonly name: string;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const TYPES = ["counter", "gauge", "histogram", "summary", "untyped"];
/** A label value is quoted; a backslash, a quote and a line end inside it are escaped, nothing else is. */
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y;

export function parsePage(text: string): Page {
	if (!text.endsWith("\n")) throw new Error("Cannot read the page: its last line does not end");
	const types = new Map<string, string>();
	const samples = new Map<string, Map<string, Series>>();
	const families = new FamilyOrder();
	for (const line of text.slice(0, -1).split("\n")) {
		if (line.startsWith("#")) readComment(line, types, families);
		else if (line !== "") addSample(parseSample(line), types, samples, families);
	}
	const series = (name: string) => [...(samples.get(name)?.values() ?? [])];
	return {
		text,
		types,
		series,
		names: () => [...samples.keys()],
		value(name, labels = {}) {
			const found = samples.get(name)?.get(keyOf(labels));
			if (!found) throw new Error(`Cannot find ${name}${JSON.stringify(labels)} on the page`);
			return found.value;
		},
		sum: (name, labels = {}) =>
			series(name)
				.filter((each) => Object.entries(labels).every(([label, value]) => each.labels[label] === value))
				.reduce((sum, { value }) => sum + value, 0),
	};
}

/** The lines of one family stand together. */
class FamilyOrder {
	readonly #ended = new Set<string>();
	#current = "";

	enter(family: string): void {
		if (family === this.#current) return;
		this.#ended.add(this.#current);
		if (this.#ended.has(family)) throw new Error(`Cannot read the page: ${family} stands in two places`);
		this.#current = family;
	}
}

function readComment(line: string, types: Map<string, string>, families: FamilyOrder): void {
	const [, kind, family = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
	if (kind === undefined || !NAME.test(family)) throw new Error(`Cannot read the line ${line}`);
	families.enter(family);
	if (kind === "HELP") return;
	if (types.has(family) || !TYPES.includes(rest)) throw new Error(`Cannot read the line ${line}`);
	types.set(family, rest);
}

function addSample(
	sample: Sample,
	types: ReadonlyMap<string, string>,
	samples: Map<string, Map<string, Series>>,
	families: FamilyOrder,
): void {
	const family = familyOf(sample.name, types);
	if (family === undefined) throw new Error(`Cannot read ${sample.name}: it has no type`);
	families.enter(family);
	const byLabels = samples.get(sample.name) ?? new Map<string, Series>();
	const key = keyOf(sample.labels);
	if (byLabels.has(key)) throw new Error(`Cannot read ${sample.name}${key}: it stands there twice`);
	samples.set(sample.name, byLabels.set(key, sample));
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string | undefined {
	if (types.has(name)) return name;
	const family = name.replace(/_(bucket|sum|count)$/, "");
	return ["histogram", "summary"].includes(types.get(family) ?? "") ? family : undefined;
}

function parseSample(line: string): Sample {
	const [, name, labels = "", value = ""] = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
	if (name === undefined || !NAME.test(name)) throw new Error(`Cannot read the line ${line}`);
	return { name, labels: parseLabels(labels, line), value: parseValue(value, line) };
}

function parseLabels(text: string, line: string): Labels {
	const labels: Record<string, string> = {};
	LABEL.lastIndex = 0;
	let end = 0;
	while (end < text.length) {
		const [, name = "", value = ""] = LABEL.exec(text) ?? [];
		if (name === "" || name in labels) throw new Error(`Cannot read the labels of ${line}`);
		labels[name] = value.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
		end = LABEL.lastIndex;
	}
	return labels;
}

/** What Go's ParseFloat takes, which leaves the case of its words open. */
function parseValue(text: string, line: string): number {
	const [, sign = "", word] = /^([+-]?)(nan|inf|infinity)$/i.exec(text) ?? [];
	if (word) return /nan/i.test(word) ? Number.NaN : Number(`${sign}Infinity`);
	if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text))
		throw new Error(`Cannot read the value of ${line}`);
	return Number(text);
}

function keyOf(labels: Labels): string {
	return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
