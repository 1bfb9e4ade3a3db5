/** What pairs and flows cost in memory: the exporter's, and the kernel's. */
import { fillPairs } from "./changing-pairs.ts";
import { withExporter } from "./exporter.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { loadTables } from "./pairs.ts";
import { mapBytes, peakBytes, residentBytes, toMegabytes } from "./process-use.ts";
import { seriesOf } from "./series.ts";

const POLLS = 7;
const POLL_MS = 4_000;
/** Parts of the setting's pairs. */
const PARTS = [0.05, 0.2, 1];
const GOAL = { bytesPerSeries: 250, megabytes: 512 };

export const MEMORY: Figure = {
	name: "memory",
	async measure({ pairs }) {
		const results: Result[] = [];
		for (const part of PARTS) {
			results.push(...kernelMemory(pairs * part), ...(await exporterMemory(pairs * part, part === 1)));
		}
		return results;
	},
};

function kernelMemory(rows: number): Result[] {
	const object = loadTables({ pairs: rows, flows: rows, others: 16 });
	const of = (...names: string[]) =>
		names.reduce((bytes, name) => bytes + mapBytes(object.map(name).fd), 0) / rows;
	try {
		return Object.entries({ pair: of("pairs", "pair_rows"), flow: of("flows") }).map(([name, bytes]) => ({
			title: `kernel memory per ${name}, ${rows} of them`,
			unit: "B",
			spread: spreadOf([bytes]),
		}));
	} finally {
		object.close();
	}
}

/** `isJudged`: the goals are for the largest alone. */
function exporterMemory(pairs: number, isJudged: boolean): Promise<Result[]> {
	return withExporter({ pairs, pollMs: POLL_MS }, async (exporter) => {
		await exporter.nextPoll();
		const empty = residentBytes(exporter.pid);
		const changing = fillPairs(exporter.pairs, pairs);
		await exporter.nextPoll();
		const resident: number[] = [];
		for (let poll = 0; poll < POLLS; poll++) {
			changing.change();
			await exporter.nextPoll();
			resident.push(residentBytes(exporter.pid));
		}
		const goal = <Of>(of: Of) => (isJudged ? { goal: of } : {});
		return [
			{
				title: `memory of the exporter, ${pairs} pairs and ${seriesOf(pairs)} series`,
				unit: "MB",
				spread: spreadOf(resident.map(toMegabytes)),
				...goal({ atMost: GOAL.megabytes }),
			},
			{
				title: "  the most it ever had",
				unit: "MB",
				spread: spreadOf([toMegabytes(peakBytes(exporter.pid))]),
			},
			{
				title: "  per series, above the exporter without pairs",
				unit: "B",
				spread: spreadOf(resident.map((bytes) => (bytes - empty) / seriesOf(pairs))),
				...goal({ atMost: GOAL.bytesPerSeries }),
			},
		];
	});
}
