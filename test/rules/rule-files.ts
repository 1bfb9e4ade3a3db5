/** The rule files and their unit tests, as data. */
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

const ROOT = new URL("../../", import.meta.url);

export interface Rule {
	readonly file: string;
	readonly expr: string;
	readonly alert?: string;
	readonly record?: string;
	readonly for?: string;
	readonly labels?: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleFile {
	readonly groups: readonly { readonly name: string; readonly rules: readonly Omit<Rule, "file">[] }[];
}

interface TestFile {
	readonly tests: readonly {
		readonly alert_rule_test?: readonly {
			readonly alertname: string;
			readonly exp_alerts: readonly unknown[];
		}[];
		readonly promql_expr_test?: readonly {
			readonly expr: string;
			readonly exp_samples: readonly unknown[];
		}[];
	}[];
}

/** What a unit test evaluates, the name of an alert or an expression, and whether it expects anything. */
export interface Expectation {
	readonly of: string;
	readonly something: boolean;
}

export function textOf(path: string): string {
	return readFileSync(new URL(path, ROOT), "utf8");
}

/** Paths from the root of the repository. */
export function filesIn(folder: string, suffix: string): string[] {
	const names = readdirSync(new URL(folder, ROOT)).filter((name) => name.endsWith(suffix));
	return names.sort().map((name) => `${folder}/${name}`);
}

export function rulesIn(folder: string): Rule[] {
	return filesIn(folder, ".yaml").flatMap((file) => {
		const { groups }: RuleFile = parse(textOf(file));
		return groups.flatMap(({ rules }) => rules.map((rule) => ({ ...rule, file })));
	});
}

export function groupNames(folder: string): string[] {
	return filesIn(folder, ".yaml").flatMap((file) => {
		const { groups }: RuleFile = parse(textOf(file));
		return groups.map(({ name }) => name);
	});
}

export function expectations(): Expectation[] {
	return filesIn("test/rules", ".test.yaml").flatMap((file) => {
		const { tests }: TestFile = parse(textOf(file));
		return tests.flatMap((test) => [
			...(test.alert_rule_test ?? []).map(({ alertname, exp_alerts }) => {
				return { of: alertname, something: exp_alerts.length > 0 };
			}),
			...(test.promql_expr_test ?? []).map(({ expr, exp_samples }) => {
				return { of: expr, something: exp_samples.length > 0 };
			}),
		]);
	});
}

/** The fenced blocks of PromQL in a Markdown file, each with the line that says what it is for. */
export function queriesIn(path: string): { readonly query: string; readonly said: string }[] {
	const blocks = textOf(path).matchAll(/([^\n]*)\n\n```promql\n([\s\S]*?)\n```/g);
	return [...blocks].map(([, said = "", query = ""]) => ({ query, said }));
}
