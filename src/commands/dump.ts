/** lbscope dump: the raw rows of the running exporter's maps, decoded. */
import { type MapRows, readAll } from "../bpf/map.ts";
import { readNames } from "../bpf/names.ts";
import { readStructs } from "../bpf/object.ts";
import { borrowMaps, findProcesses } from "../bpf/other-process.ts";
import { UsageError } from "../cli.ts";
import { DUMPABLE, type Dumpable, decodeRows } from "../sources/decode-rows.ts";
import { bindLayouts } from "../sources/layouts.ts";

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
	const find = (name: Dumpable | "slots") => {
		const description = borrowed.maps.find((candidate) => candidate.name === name);
		if (!description) throw new Error(`Cannot dump map ${name}: process ${exporter} is no running lbscope`);
		return description;
	};
	try {
		const slots = readNames(find("slots"), layouts.name).length;
		for (const name of DUMPABLE.filter((candidate) => map === undefined || candidate === map)) {
			const rows = await readAll(find(name));
			for (const row of decodeRows(name, name === "totals" ? firstRows(rows, slots) : rows, layouts))
				write(`${JSON.stringify({ map: name, ...row })}\n`);
		}
	} finally {
		borrowed.close();
	}
}

/** An array map gives its rows in order, used or not. */
function firstRows(rows: MapRows, count: number): MapRows {
	return { ...rows, count };
}

function theExporter(): number {
	const pids = findProcesses("lbscope").filter((pid) => pid !== process.pid);
	const [pid] = pids;
	if (pid === undefined) throw new Error("Cannot dump: no running lbscope found, expected one, or --pid");
	if (pids.length > 1)
		throw new Error(`Cannot dump: lbscope runs as ${pids.join(", ")}, expected --pid with one of them`);
	return pid;
}
