/** Families as text of the exposition format 0.0.4. */
import type { Snapshot } from "../model/snapshot.ts";
import type { Named, NamedSamples } from "./names.ts";
import type { PageText } from "./page-text.ts";

export function headerText({ name, type }: Named, help: string): string {
	return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

/** A family without samples leaves the page whole. Gives the number of lines. */
export function addSamples(text: PageText, family: NamedSamples, snapshot: Snapshot): number {
	const { names, labels, help } = family;
	const [first, ...others] = names as [Named, ...Named[]];
	let lines = 0;
	let header = headerText(first, help);
	/** Lines without their names. */
	const repeated: string[] = [];
	family.samples(snapshot, (value, ...labelValues) => {
		if (value === undefined || !Number.isFinite(value)) return;
		const line = `${labelText(labels, labelValues)} ${value}\n`;
		text.add(`${header}${first.name}${line}`);
		if (others.length > 0) repeated.push(line);
		header = "";
		lines++;
	});
	if (repeated.length === 0) return lines;
	for (const other of others) {
		text.add(headerText(other, help));
		for (const line of repeated) text.add(`${other.name}${line}`);
	}
	return lines * names.length;
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
