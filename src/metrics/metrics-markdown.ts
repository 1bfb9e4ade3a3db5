/** The catalogue as the reference that METRICS.md is. */
import type { Family } from "./family.ts";
import { allNames, isOfTable, typeUnder } from "./names.ts";

const HEAD = `# Metrics

Generated from \`src/metrics/catalogue.ts\` by \`npx tsx scripts/generate-metrics-md.ts\`; do not edit.

What was not measured is not on the page: a family or a series without a value is absent, never 0.
`;

const ALIASES = `## Names of LoxiLB's exporters

On the page when \`metrics.names\` names their set: \`loxilb\` are the canonical names of LoxiLB's main branch, \`loxilb_legacy\` those of its
releases up to 0.9.8.8. A name of both sets, or of the contract as well, stands there once. A series for each client (by itself) is only
there under a name that \`metrics.names\` lists itself. [docs/loxilb.md](docs/loxilb.md) says how the numbers differ from LoxiLB's.

| name | type | set | is here |
|---|---|---|---|
`;

const TAIL = `Beside these, \`process_*\` and \`nodejs_*\` are those of prom-client. What a process counts of itself begins anew with it; all
other counters outlive the exporter while their pins stay.
`;

/** `self`: those that the exporter has of itself. */
export function metricsMarkdown(families: readonly Family[], self: readonly Described[]): string {
	const sections = [...new Set(families.map(({ section }) => section))];
	const own = self.map((family) => ({ ...family, section: "lbscope: the exporter itself" }));
	const all: readonly InSection[] = [...families, ...own];
	return [
		HEAD,
		...[...sections, "lbscope: the exporter itself"].map((section) => sectionMarkdown(section, all)),
		TAIL,
		aliasesMarkdown(families),
	].join("\n");
}

function aliasesMarkdown(families: readonly Family[]): string {
	const rows = families.flatMap((family) =>
		allNames(family)
			.filter(([set, name]) => set !== "contract" && name !== family.name)
			.map(([set, name]) => {
				const chosen = isOfTable(family) ? "by itself" : `\`${set}\``;
				return `| \`${name}\` | ${typeUnder(name, family)} | ${chosen} | \`${family.name}\` |\n`;
			}),
	);
	return `${ALIASES}${rows.join("")}`;
}

type Described = Pick<Family, "name" | "help" | "labels"> & { readonly type: string };
type InSection = Described & Pick<Family, "section">;

function sectionMarkdown(section: string, families: readonly InSection[]): string {
	const rows = families.filter((family) => family.section === section).map(tableRow);
	return [`## ${section}`, "", "| name | type | labels | meaning |", "|---|---|---|---|", ...rows, ""].join(
		"\n",
	);
}

function tableRow({ name, type, labels, help }: Described): string {
	const labelList = labels.map((label) => `\`${label}\``).join(", ");
	return `| \`${name}\` | ${type} | ${labelList} | ${help.replaceAll("|", "\\|")} |`;
}
