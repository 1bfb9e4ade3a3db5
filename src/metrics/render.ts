/** Snapshot -> text of the exposition format 0.0.4, as the bytes that are served. */
import type { Snapshot } from "../model/snapshot.ts";
import type { Family } from "./family.ts";
import { createPageText, type PageText } from "./page-text.ts";

export function render(snapshot: Snapshot, families: readonly Family[]): Buffer {
	const text = createPageText();
	for (const family of families) renderFamily(text, family, snapshot);
	return text.toBuffer();
}

/** A family without samples leaves the page whole. */
function renderFamily(text: PageText, family: Family, snapshot: Snapshot): void {
	const { name, type, help, labels } = family;
	let header = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
	family.samples(snapshot, (value, ...labelValues) => {
		if (value === undefined || !Number.isFinite(value)) return;
		text.add(`${header}${name}${labelText(labels, labelValues)} ${value}\n`);
		header = "";
	});
}

function labelText(labels: readonly string[], values: readonly string[]): string {
	if (labels.length === 0) return "";
	let text = "";
	for (let i = 0; i < labels.length; i++) {
		text += `${i === 0 ? "{" : ","}${labels[i]}="${escapeLabelValue(values[i] as string)}"`;
	}
	return `${text}}`;
}

/** Almost no value needs it, and there are hundreds of thousands: a test costs a fraction of a replacement. */
function escapeLabelValue(value: string): string {
	if (!/[\\"\n]/.test(value)) return value;
	return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(help: string): string {
	return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
