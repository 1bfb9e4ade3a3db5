/** lbscope dump: the raw rows of the running exporter's maps, decoded. */
import { readAll } from "../bpf/map.ts";
import { readStructs } from "../bpf/object.ts";
import { borrowMaps, findProcesses } from "../bpf/other-process.ts";
import { DUMPABLE, decodeRows } from "../sources/decode-rows.ts";
import { bindLayouts } from "../sources/layouts.ts";

/** Writes one JSON object a row. Without a map: all that can be decoded. */
export async function dump(
	{ map, pid }: { readonly map: string | undefined; readonly pid: number | undefined },
	write: (text: string) => void,
): Promise<void> {
	if (map !== undefined && !(DUMPABLE as readonly string[]).includes(map)) {
		throw new Error(`Cannot dump map ${map}: expected one of ${DUMPABLE.join(", ")}`);
	}
	const layouts = bindLayouts(readStructs());
	const borrowed = borrowMaps(pid ?? theExporter());
	try {
		for (const name of DUMPABLE.filter((candidate) => map === undefined || candidate === map)) {
			const description = borrowed.maps.find((candidate) => candidate.name === name);
			if (!description) throw new Error(`Cannot dump map ${name}: that process does not have it open`);
			const rows = await readAll(description);
			for (const row of decodeRows(name, rows, layouts)) write(`${JSON.stringify({ map: name, ...row })}\n`);
		}
	} finally {
		borrowed.close();
	}
}

function theExporter(): number {
	const pids = findProcesses("lbscope").filter((pid) => pid !== process.pid);
	const [pid] = pids;
	if (pid === undefined) throw new Error("Cannot dump: no running lbscope found, expected one, or --pid");
	if (pids.length > 1)
		throw new Error(`Cannot dump: lbscope runs as ${pids.join(", ")}, expected --pid with one of them`);
	return pid;
}
