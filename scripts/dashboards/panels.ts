/** Panels, each from what it shows and not from how Grafana writes that down. */
import { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import * as common from "@grafana/grafana-foundation-sdk/common";
import { StackingMode, TableCellDisplayMode } from "@grafana/grafana-foundation-sdk/common";
import {
	DashboardLinkBuilder,
	type DataTransformerConfig,
	FieldColorBuilder,
	FieldColorModeId,
	MappingType,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
	EdgeOptionsBuilder,
	PanelBuilder as NodeGraph,
	NodeOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/nodegraph";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimeline } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { DATASOURCE, DOCS } from "./variables.ts";

export interface PanelSpec {
	readonly title: string;
	/** What it shows, and what to make of it. */
	readonly says: string;
	/** Of Grafana, such as Bps; "short" for plain numbers. */
	readonly unit: string;
	/** Of 24 columns. */
	readonly width: number;
	readonly height?: number;
	/** Alerts about the same numbers, to whose pages it links. */
	readonly alerts?: readonly string[];
	readonly max?: number;
}

export interface Curve {
	readonly expr: string;
	/** Labels in double braces. */
	readonly legend: string;
}

interface Drawing extends PanelSpec {
	readonly curves: readonly Curve[];
}

export function timeSeries(
	spec: Drawing & { readonly stacked?: boolean; readonly mayBeNegative?: boolean },
): TimeSeries {
	const panel = describe(new TimeSeries(), spec)
		.targets(spec.curves.map(({ expr, legend }, i) => query(expr, refIdOf(i)).range().legendFormat(legend)))
		.fillOpacity(spec.stacked ? 40 : 8)
		.lineWidth(1)
		.legend(
			new common.VizLegendOptionsBuilder()
				.displayMode(common.LegendDisplayMode.Table)
				.placement(common.LegendPlacement.Bottom)
				.calcs(["lastNotNull", "max"])
				.showLegend(true),
		)
		.tooltip(
			new common.VizTooltipOptionsBuilder()
				.mode(common.TooltipDisplayMode.Multi)
				.sort(common.SortOrder.Descending),
		);
	if (!spec.mayBeNegative) panel.min(0);
	return spec.stacked ? panel.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal)) : panel;
}

export function stat(spec: PanelSpec & { readonly expr: string }): Stat {
	return describe(new Stat(), { height: 4, ...spec })
		.targets([query(spec.expr, "A").instant()])
		.graphMode(common.BigValueGraphMode.None)
		.colorMode(common.BigValueColorMode.None)
		.reduceOptions(lastOfEach());
}

export function bars(spec: PanelSpec & Curve): BarGauge {
	return describe(new BarGauge(), spec)
		.targets([query(spec.expr, "A").instant().legendFormat(spec.legend)])
		.orientation(common.VizOrientation.Horizontal)
		.displayMode(common.BarGaugeDisplayMode.Basic)
		.reduceOptions(lastOfEach())
		.min(0);
}

/** A row for each series, coloured by its state: 1 good, 0 bad. */
export function states(
	spec: PanelSpec & Curve & { readonly good: string; readonly bad: string },
): StateTimeline {
	return describe(new StateTimeline(), spec)
		.targets([query(spec.expr, "A").range().legendFormat(spec.legend)])
		.mappings([stateNames(spec.good, spec.bad)])
		.showValue(common.VisibilityMode.Never)
		.mergeValues(true);
}

function stateNames(good: string, bad: string) {
	const options = { 1: { text: good, color: "green", index: 0 }, 0: { text: bad, color: "red", index: 1 } };
	return { type: MappingType.ValueToText as MappingType.ValueToText, options };
}

export interface Column {
	readonly name: string;
	readonly expr: string;
	readonly unit: string;
}

/** A row for each set of labels that the columns share. The first column sorts it. */
export function table(
	spec: PanelSpec & { readonly columns: readonly Column[]; readonly hides?: readonly string[] },
): Table {
	const { columns } = spec;
	const names = columns.map(({ name }, i) => [valueField(columns, refIdOf(i)), name]);
	const hidden = ["Time", "__name__", "job", ...(spec.hides ?? [])].map((name) => [name, true]);
	const panel = describe(new Table(), spec)
		.targets(columns.map(({ expr }, i) => query(expr, refIdOf(i)).instant().format(PromQueryFormat.Table)))
		.transformations([
			{ id: "merge", options: {} },
			{
				id: "organize",
				options: {
					excludeByName: Object.fromEntries(hidden),
					renameByName: Object.fromEntries(names),
					indexByName: {},
				},
			},
		])
		.sortBy([new common.TableSortByFieldStateBuilder().displayName(columns[0]?.name ?? "").desc(true)]);
	for (const { name, unit } of columns) panel.overrideByName(name, [{ id: "unit", value: unit }]);
	return panel;
}

/** A cell for each pair of two labels, coloured by its value: what Grafana's heat map, which is over time, cannot draw. */
export function matrix(
	spec: PanelSpec & { readonly expr: string; readonly rows: string; readonly columns: string },
): Table {
	const cells: DataTransformerConfig = {
		id: "groupingToMatrix",
		options: { rowField: spec.rows, columnField: spec.columns, valueField: "Value", emptyValue: "null" },
	};
	return describe(new Table(), spec)
		.targets([query(spec.expr, "A").instant().format(PromQueryFormat.Table)])
		.transformations([cells])
		.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousBlYlRd))
		.cellOptions({ type: TableCellDisplayMode.ColorBackground } as common.TableCellOptions);
}

/** Grafana knows the two frames by their refIds, and edges by their field `source`. */
export function nodeGraph(spec: PanelSpec & { readonly nodes: string; readonly edges: string }): NodeGraph {
	const renameByName = { "Value #nodes": "mainstat", "Value #edges": "mainstat" };
	return describe(new NodeGraph(), spec)
		.targets(
			["nodes", "edges"].map((refId) => {
				const expr = refId === "nodes" ? spec.nodes : spec.edges;
				return query(expr, refId).instant().format(PromQueryFormat.Table);
			}),
		)
		.transformations([
			{ id: "organize", options: { excludeByName: { Time: true }, renameByName, indexByName: {} } },
		])
		.nodes(new NodeOptionsBuilder().mainStatUnit(spec.unit))
		.edges(new EdgeOptionsBuilder().mainStatUnit(spec.unit));
}

type Described = Stat | TimeSeries | BarGauge | Table | StateTimeline | NodeGraph;

function describe<Panel extends Described>(panel: Panel, spec: PanelSpec): Panel {
	panel.title(spec.title).description(spec.says).datasource(DATASOURCE).unit(spec.unit);
	panel.span(spec.width).height(spec.height ?? 8);
	if (spec.max !== undefined) panel.max(spec.max);
	panel.links((spec.alerts ?? []).map(linkTo));
	return panel;
}

function linkTo(alert: string): DashboardLinkBuilder {
	return new DashboardLinkBuilder(alert).url(`${DOCS}/alerts/${alert}.md`).targetBlank(true);
}

function query(expr: string, refId: string): DataqueryBuilder {
	return new DataqueryBuilder().datasource(DATASOURCE).expr(expr).refId(refId);
}

/** Prometheus' answers to several queries call their values after the query, that to one just "Value". */
function valueField(columns: readonly Column[], refId: string): string {
	return columns.length === 1 ? "Value" : `Value #${refId}`;
}

function refIdOf(index: number): string {
	return String.fromCharCode("A".charCodeAt(0) + index);
}

function lastOfEach(): common.ReduceDataOptionsBuilder {
	return new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false);
}
