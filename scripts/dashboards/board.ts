/** A dashboard: its panels in rows, and what all dashboards share. */
import type * as cog from "@grafana/grafana-foundation-sdk/cog";
import {
	type Dashboard,
	DashboardBuilder,
	DashboardCursorSync,
	DashboardLinkBuilder,
	DashboardLinkType,
	type Panel,
	RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { type ScopeName, variablesOf } from "./variables.ts";

const TAG = "lbscope";

export interface Section {
	readonly title: string;
	readonly panels: readonly cog.Builder<Panel>[];
}

export interface BoardSpec {
	/** File name and, behind "lbscope-", the uid. */
	readonly name: string;
	readonly title: string;
	readonly says: string;
	readonly scope: ScopeName;
	readonly sections: readonly Section[];
}

export function buildBoard(spec: BoardSpec): Dashboard {
	const board = new DashboardBuilder(`lbscope / ${spec.title}`)
		.uid(`lbscope-${spec.name}`)
		.description(spec.says)
		.tags([TAG])
		.editable()
		.time({ from: "now-1h", to: "now" })
		.refresh("30s")
		.timezone("browser")
		.tooltip(DashboardCursorSync.Crosshair)
		.variables(variablesOf(spec.scope))
		.links([linksToOthers()]);
	for (const { title, panels } of spec.sections) {
		board.withRow(new RowBuilder(title));
		for (const panel of panels) board.withPanel(panel);
	}
	return numbered({ id: null, ...board.build() } as Dashboard);
}

function linksToOthers(): DashboardLinkBuilder {
	return new DashboardLinkBuilder("lbscope")
		.type(DashboardLinkType.Dashboards)
		.tags([TAG])
		.asDropdown(true)
		.includeVars(true)
		.keepTime(true);
}

/** Ids by position: the same at every run. */
function numbered(board: Dashboard): Dashboard {
	return { ...board, panels: (board.panels ?? []).map((panel, i) => ({ ...panel, id: i + 1 })) };
}
