/** Renders page after page. Lines of the many series are kept from one to the next, all else is text made anew. */
import type { Body } from "../model/body.ts";
import type { Tables } from "../model/series.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Family } from "./family.ts";
import { addSamples, headerText } from "./family-text.ts";
import { type ChosenNames, CONTRACT_NAMES, isOfTable, type ShownFamily, showFamilies } from "./names.ts";
import { createPace, type Pace } from "./pace.ts";
import { createPageBody, type PageBody, type Piece } from "./page-body.ts";
import { createPageText } from "./page-text.ts";
import { createTableText, piecesOfFamily, type TableText, updateTable } from "./table-text.ts";

export interface Renderer {
	/**
	 * One page at a time; the page before can be held no more from the call on. Without tables their families are absent.
	 * The tables are the same two at all calls: only their changes are read.
	 */
	render(snapshot: Snapshot, tables: Tables | undefined): Promise<Body>;
}

/** In lines patched, see pace.ts. */
const COST_OF_SAMPLE = 15;

type TableTexts = ReadonlyMap<keyof Tables, TableText>;

export function createRenderer(families: readonly Family[], chosen: ChosenNames = CONTRACT_NAMES): Renderer {
	const shown = showFamilies(families, chosen);
	const texts = createTableTexts(shown);
	let last: PageBody | undefined;
	return {
		async render(snapshot, tables) {
			last?.supersede();
			const pace = createPace();
			for (const [table, text] of texts) {
				if (tables) await updateTable(text, tables[table], pace);
			}
			last = createPageBody(await composePage(shown, snapshot, tables && texts, pace));
			return last;
		},
	};
}

function createTableTexts(families: readonly ShownFamily[]): TableTexts {
	const ofTables = families.filter(isOfTable);
	const tables = new Set(ofTables.map(({ table }) => table));
	const textOf = (wanted: keyof Tables) => createTableText(ofTables.filter(({ table }) => table === wanted));
	return new Map([...tables].map((table) => [table, textOf(table)]));
}

async function composePage(
	families: readonly ShownFamily[],
	snapshot: Snapshot,
	texts: TableTexts | undefined,
	pace: Pace,
): Promise<Piece[]> {
	const pieces: Piece[] = [];
	let text = createPageText();
	for (const family of families) {
		if (isOfTable(family)) {
			const lines = texts ? piecesOfFamily(texts.get(family.table) as TableText, family) : [];
			if (lines.length === 0) continue;
			text.add(headerText(family, family.help));
			pieces.push({ bytes: text.toBuffer() }, ...lines);
			text = createPageText();
		} else {
			await pace.spend(addSamples(text, family, snapshot) * COST_OF_SAMPLE);
		}
	}
	return [...pieces, { bytes: text.toBuffer() }].filter(({ bytes }) => bytes.length > 0);
}
