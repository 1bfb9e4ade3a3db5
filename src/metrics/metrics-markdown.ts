/** The catalogue as the reference that METRICS.md is. */
import type { Family } from "./family.ts";

const HEAD = `# Metrics

Generated from \`src/metrics/catalogue.ts\` by \`npx tsx scripts/generate-metrics-md.ts\`; do not edit.

What was not measured is not on the page: a family or a series without a value is absent, never 0.
`;

export function metricsMarkdown(families: readonly Family[]): string {
	const sections = [...new Set(families.map(({ section }) => section))];
	return [HEAD, ...sections.map((section) => sectionMarkdown(section, families))].join("\n");
}

function sectionMarkdown(section: string, families: readonly Family[]): string {
	const rows = families.filter((family) => family.section === section).map(tableRow);
	return [`## ${section}`, "", "| name | type | labels | meaning |", "|---|---|---|---|", ...rows, ""].join(
		"\n",
	);
}

function tableRow({ name, type, labels, help }: Family): string {
	const labelList = labels.map((label) => `\`${label}\``).join(", ");
	return `| \`${name}\` | ${type} | ${labelList} | ${help.replaceAll("|", "\\|")} |`;
}
