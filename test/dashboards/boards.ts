/** The dashboards as they are shipped, and their queries as Grafana sends them. */
import { filesIn, textOf } from "../rules/rule-files.ts";

export interface Target {
	readonly refId: string;
	readonly expr: string;
	readonly instant?: boolean;
	readonly legendFormat?: string;
	readonly datasource?: { readonly uid: string };
}

export interface Panel {
	readonly id: number;
	readonly type: string;
	readonly title: string;
	readonly description?: string;
	readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
	readonly datasource?: { readonly uid: string };
	readonly targets?: readonly Target[];
	readonly links?: readonly { readonly url: string }[];
	readonly transformations?: readonly { readonly id: string; readonly options: Record<string, unknown> }[];
	readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

export interface Variable {
	readonly name: string;
	readonly type: string;
	readonly definition?: string;
	readonly multi?: boolean;
	readonly includeAll?: boolean;
	readonly allValue?: string;
}

export interface Board {
	readonly file: string;
	readonly id: null;
	readonly uid: string;
	readonly title: string;
	readonly panels: readonly Panel[];
	readonly templating: { readonly list: readonly Variable[] };
}

export const BOARDS: readonly Board[] = filesIn("dashboards", ".json").map((file) => ({
	file,
	...JSON.parse(textOf(file)),
}));

export interface PanelQuery {
	readonly board: Board;
	readonly panel: Panel;
	readonly target: Target;
	/** For the title of a test. */
	readonly name: string;
}

export function queriesOf(board: Board): PanelQuery[] {
	return board.panels.flatMap((panel) =>
		(panel.targets ?? []).map((target) => {
			return { board, panel, target, name: `${board.title}: ${panel.title} (${target.refId})` };
		}),
	);
}

/**
 * Every `$name` and `${name}` by its value. Several chosen values are a regular expression, with its special characters
 * escaped for both the expression and the string that it stands in, as Grafana's Prometheus data source does it.
 */
export function expand(text: string, values: Readonly<Record<string, string | readonly string[]>>): string {
	return text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => {
		const value = values[name];
		if (value === undefined) return /^\d+$/.test(name) ? whole : missing(name);
		if (typeof value === "string") return value;
		const escaped = value.map((each) => each.replace(/[\\^$.*+?()[\]{}|]/g, "\\\\$&"));
		return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
	});
}

function missing(name: string): never {
	throw new Error(`Cannot expand $${name}: it has no value`);
}
