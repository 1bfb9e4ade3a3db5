/** Families as text of the exposition format 0.0.4. */
import type { Snapshot } from "../model/snapshot.ts";
import type { Family, SampledFamily } from "./family.ts";
import type { PageText } from "./page-text.ts";

export function headerText({ name, type, help }: Family): string {
	return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

/** A family without samples leaves the page whole. Gives the number of lines. */
export function addSamples(text: PageText, family: SampledFamily, snapshot: Snapshot): number {
	const { name, labels } = family;
	let lines = 0;
	let header = headerText(family);
	family.samples(snapshot, (value, ...labelValues) => {
		if (value === undefined || !Number.isFinite(value)) return;
		text.add(`${header}${name}${labelText(labels, labelValues)} ${value}\n`);
		header = "";
		lines++;
	});
	return lines;
}

function labelText(labels: readonly string[], values: readonly string[]): string {
	if (labels.length === 0) return "";
	let text = "";
	for (let i = 0; i < labels.length; i++) {
		text += `${i === 0 ? "{" : ","}${labels[i]}="${escapeLabelValue(values[i] as string)}"`;
	}
	return `${text}}`;
}

/** Almost no value needs it: a test costs a fraction of a replacement. */
export function escapeLabelValue(value: string): string {
	if (!/[\\"\n]/.test(value)) return value;
	return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(help: string): string {
	return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
