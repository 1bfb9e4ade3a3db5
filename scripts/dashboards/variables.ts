/** The variables of every dashboard, and the selectors that use them. */
import {
	DatasourceVariableBuilder,
	QueryVariableBuilder,
	TextBoxVariableBuilder,
	VariableRefresh,
	VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";

export const DATASOURCE = { type: "prometheus", uid: "$datasource" };
export const DOCS = "$docs";

/** Nodes that are chosen. A series without the label `cluster` matches its "All", which is `.*`. */
export const NODE = 'cluster=~"$cluster", job=~"$job", instance=~"$instance"';
export const SERVICE = `${NODE}, service=~"$service"`;
export const ENDPOINT = `${SERVICE}, dip=~"$endpoint"`;
/** Of series of all nodes of a cluster. */
export const CLUSTER = 'cluster=~"$cluster", job=~"$job"';

export type ScopeName = "node" | "service" | "endpoint";

export function variablesOf(scope: ScopeName) {
	const choices = [
		choice(
			"cluster",
			"label_values(lbscope_build_info, cluster)",
			"Label `cluster` of the targets, if they have one.",
		),
		// No `.*` for all: up, process_* and scrape_* are there for other jobs, too.
		choice(
			"job",
			'label_values(lbscope_build_info{cluster=~"$cluster"}, job)',
			"Jobs that scrape lbscope.",
			"list",
		),
		choice(
			"instance",
			'label_values(lbscope_build_info{cluster=~"$cluster", job=~"$job"}, instance)',
			"Nodes.",
			"list",
		),
	];
	if (scope !== "node")
		choices.push(
			choice("service", `label_values(total_requests_per_service{${NODE}}, service)`, "Services."),
		);
	if (scope === "endpoint")
		choices.push(
			choice("endpoint", `label_values(endpoint_traffic_bytes{${SERVICE}}, dip)`, "Addresses of endpoints."),
		);
	return [datasource(), ...choices, docs()];
}

function datasource(): DatasourceVariableBuilder {
	return new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus");
}

function choice(
	name: string,
	query: string,
	says: string,
	all: "anything" | "list" = "anything",
): QueryVariableBuilder {
	const variable = new QueryVariableBuilder(name)
		.label(name[0]?.toUpperCase() + name.slice(1))
		.description(says)
		.datasource(DATASOURCE)
		.query({ query, refId: name })
		.definition(query)
		.multi(true)
		.includeAll(true)
		.current({ selected: true, text: ["All"], value: ["$__all"] })
		.refresh(VariableRefresh.OnTimeRangeChanged)
		.sort(VariableSort.NaturalAsc);
	return all === "anything" ? variable.allValue(".*") : variable;
}

/** Where the links to the pages of the alerts lead. */
function docs(): TextBoxVariableBuilder {
	return new TextBoxVariableBuilder("docs")
		.label("Docs")
		.description(
			"Address at which you serve the folder docs/ of lbscope, for the links to the pages of alerts.",
		)
		.defaultValue("docs");
}
