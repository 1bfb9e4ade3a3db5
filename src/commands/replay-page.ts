/** The polls of a replay, and what the last of them says, as text, JSON or a table. */
import type { ReplayFormat } from "../cli.ts";
import type { Config } from "../config/config.ts";
import { CATALOGUE } from "../metrics/catalogue.ts";
import { createRenderer } from "../metrics/renderer.ts";
import { createGovernor } from "../model/governor.ts";
import type { Reading } from "../model/reading.ts";
import type { Service } from "../model/service.ts";
import type { Build, Snapshot } from "../model/snapshot.ts";
import { NO_HISTORY, takeSnapshot } from "../model/take-snapshot.ts";
import type { ReplayCounts } from "../replay/replay-counts.ts";
import type { DataPath } from "../sources/data-path.ts";
import { pageAsJson } from "./page-as-json.ts";
import { pageAsTable } from "./page-as-table.ts";

export interface ReplayPage {
	readonly services: readonly Service[];
	readonly uncounted: number;
	/** True while there are flows. */
	poll(): Promise<boolean>;
	/** One more. */
	serve(source: DataPath, service: Service): Promise<void>;
	/** Once, after the last poll. */
	text(format: ReplayFormat, counts: ReplayCounts): Promise<string>;
}

const NOT_OF_A_CAPTURE = { cpuPercent: undefined, memoryPercent: undefined, diskPercent: undefined };

export function createReplayPage(
	source: DataPath,
	{ limits }: Config,
	build: Build,
	services: readonly Service[],
): ReplayPage {
	const governor = createGovernor({ capacity: limits.pairs, idleMs: limits.pairIdleMs });
	let wanted = services;
	let applied: { readonly services: readonly Service[]; readonly uncounted: number } = {
		services,
		uncounted: 0,
	};
	let history = NO_HISTORY;
	let snapshot: Snapshot | undefined;
	let crowdedOut = 0;
	const letPairsGo = async ({ overflowPackets, readAtMs }: Reading) => {
		const before = crowdedOut;
		crowdedOut = overflowPackets.find(({ name }) => name === "pairs")?.count ?? 0;
		const moment = { atMs: readAtMs, crowded: crowdedOut > before };
		const leaving = await governor.choose(source.table, moment);
		await source.release(leaving.idle, "idle");
		await source.release(leaving.crowded, "crowded");
		await source.release(leaving.marked, "idle");
	};
	return {
		get services() {
			return applied.services;
		},
		get uncounted() {
			return applied.uncounted;
		},
		async poll() {
			const reading = await source.read();
			await letPairsGo(reading);
			const { services, uncounted: uncountedServices } = applied;
			const around = { services, uncountedServices, build, health: undefined, system: NOT_OF_A_CAPTURE };
			({ snapshot, history } = takeSnapshot(history, { ...around, reading }));
			const { active, inactive } = reading.flows;
			return active.tcp + active.udp + active.sctp + inactive > 0;
		},
		async serve(path, service) {
			wanted = [...wanted, service];
			applied = await path.apply(wanted);
		},
		async text(format, counts) {
			if (snapshot === undefined) throw new Error("Cannot print a page: there was no poll");
			if (format === "json") return pageAsJson(snapshot, source.table, counts);
			if (format === "table") return pageAsTable(snapshot, counts);
			const body = await createRenderer(CATALOGUE).render(snapshot, source.table);
			return Buffer.concat(body.hold().map(({ bytes }) => bytes)).toString();
		},
	};
}
