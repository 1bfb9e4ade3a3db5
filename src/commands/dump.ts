/** lbscope dump: the raw rows of the running exporter's maps, decoded. */
import { type MapDescription, type MapRows, readAll, readFirst } from "../bpf/map.ts";
import { readNames } from "../bpf/names.ts";
import { readStructs } from "../bpf/object.ts";
import { borrowMaps, findProcesses } from "../bpf/other-process.ts";
import { UsageError } from "../cli.ts";
import { DUMPABLE, type Dumpable, decodeRows, mapToDump } from "../sources/decode-rows.ts";
import { bindLayouts, type Layouts } from "../sources/layouts.ts";
import { usedRows } from "../sources/pair-rows.ts";

/** Writes one JSON object a row. Without a map: all that can be decoded. */
export async function dump(
	{ map, pid }: { readonly map: string | undefined; readonly pid: number | undefined },
	write: (text: string) => void,
): Promise<void> {
	if (map !== undefined && !(DUMPABLE as readonly string[]).includes(map)) {
		throw new UsageError(`cannot dump map ${map}, expected one of ${DUMPABLE.join(", ")}`);
	}
	const layouts = bindLayouts(readStructs());
	const exporter = pid ?? theExporter();
	const borrowed = borrowMaps(exporter);
	const find = (name: string) => {
		const description = borrowed.maps.find((candidate) => candidate.name === name);
		if (description) return description;
		throw new Error(
			`Cannot dump: process ${exporter} has no map ${name}, expected an lbscope of this version`,
		);
	};
	try {
		for (const name of DUMPABLE.filter((candidate) => map === undefined || candidate === map)) {
			for (const row of decodeRows(name, await rowsToDump(name, find, layouts), layouts))
				write(`${JSON.stringify({ map: name, ...row })}\n`);
		}
	} finally {
		borrowed.close();
	}
}

/** An array map gives its rows in order, used or not. */
async function rowsToDump(
	name: Dumpable,
	find: (map: string) => MapDescription,
	layouts: Layouts,
): Promise<MapRows> {
	const map = find(mapToDump(name));
	if (name === "pairs") return readFirst(map, usedRows(find("pair_room"), layouts.pairRoom));
	if (name === "totals") return readFirst(map, readNames(find("slots"), layouts.name).length);
	return readAll(map);
}

function theExporter(): number {
	const pids = findProcesses("lbscope").filter((pid) => pid !== process.pid);
	const [pid] = pids;
	if (pid === undefined) throw new Error("Cannot dump: no running lbscope found, expected one, or --pid");
	if (pids.length > 1)
		throw new Error(`Cannot dump: lbscope runs as ${pids.join(", ")}, expected --pid with one of them`);
	return pid;
}
