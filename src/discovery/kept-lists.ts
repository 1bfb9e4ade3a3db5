/** The last lists of all sources, kept in the kernel for a run that finds one of them out of reach. */
import { setImmediate } from "node:timers/promises";
import { keptText } from "../bpf/kept-text.ts";
import type { BpfObject } from "../bpf/object.ts";
import type { Discovered } from "./discovery.ts";

/** Lists by what tells a source from others. */
export type Lists = ReadonlyMap<string, readonly Discovered[]>;

export interface KeptLists {
	/** What cannot be read, as another version may have written it, is none. */
	load(): Promise<Lists>;
	/** Never two at a time. */
	save(lists: Lists): Promise<void>;
}

/** Of a service in the text: JSON takes some microseconds for it. */
const SERVICES_PER_SLICE = 100;

/** In the text a line of JSON each: the source, then its services. */
type Line = { readonly source: string } | KeptService;
type KeptService = Omit<Discovered, "healthy"> & {
	readonly healthy: readonly (readonly [string, boolean])[];
};

/** `object`: of bpf/service_lists.bpf.c. */
export function keptLists(object: BpfObject): KeptLists {
	const kept = keptText(object.map("service_lists"));
	return {
		async load() {
			const text = await kept.read();
			try {
				return text ? await parseLists(text) : new Map();
			} catch {
				return new Map();
			}
		},
		save: async (lists) => kept.write(await formatLists(lists)),
	};
}

async function formatLists(lists: Lists): Promise<Buffer> {
	const pieces: Buffer[] = [];
	for (const [source, services] of lists) {
		pieces.push(Buffer.from(lineOf({ source })));
		for (let from = 0; from < services.length; from += SERVICES_PER_SLICE) {
			const slice = services.slice(from, from + SERVICES_PER_SLICE);
			const lines = slice.map((each) => lineOf({ ...each, healthy: [...each.healthy] }));
			pieces.push(Buffer.from(lines.join("")));
			await setImmediate();
		}
	}
	return Buffer.concat(pieces);
}

function lineOf(line: Line): string {
	return `${JSON.stringify(line)}\n`;
}

async function parseLists(text: Buffer): Promise<Lists> {
	const lists = new Map<string, Discovered[]>();
	let list: Discovered[] = [];
	let end = 0;
	for (let [i, start] = [0, 0]; start < text.length; i++, start = end + 1) {
		end = text.indexOf("\n", start);
		const parsed = JSON.parse(text.toString("utf8", start, end)) as Line;
		if ("source" in parsed) {
			list = [];
			lists.set(parsed.source, list);
		} else list.push({ ...parsed, healthy: new Map(parsed.healthy) });
		if (i % SERVICES_PER_SLICE === SERVICES_PER_SLICE - 1) await setImmediate();
	}
	return lists;
}
