import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { type ChosenNames, CONTRACT_NAMES } from "../../src/metrics/names.ts";
import { createRenderer } from "../../src/metrics/renderer.ts";
import type { Body } from "../../src/model/body.ts";
import type { Tables } from "../../src/model/series.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";

/** The first page of a renderer. */
export async function renderPage(
	snapshot: Snapshot,
	tables: Tables | undefined,
	names: ChosenNames = CONTRACT_NAMES,
): Promise<string> {
	return textOf(await createRenderer(CATALOGUE, names).render(snapshot, tables));
}

export function textOf(body: Body): string {
	const held = body.hold();
	const bytes = Buffer.concat(held.map((piece) => piece.bytes));
	for (const piece of held) piece.release();
	if (bytes.length !== body.byteLength) throw new Error(`${bytes.length} bytes, expected ${body.byteLength}`);
	return bytes.toString();
}
