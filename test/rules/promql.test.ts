import { describe, expect, it } from "vitest";
import { knownMetrics } from "./metrics.ts";
import { labelsOf } from "./promql.ts";

const METRICS = await knownMetrics();

describe("labelsOf", () => {
	it.each([
		["rate(service_traffic_bytes[5m])", ["instance", "job", "service"]],
		["sum without (dip) (endpoint_load_dists_per_service)", ["instance", "job", "service"]],
		["sum by (sip) (rate(lb_rule_interaction_bytes[1m]))", ["sip"]],
		["sum(rate(lb_rule_interaction_bytes[1m])) by (sip)", ["sip"]],
		["topk(3, rps_1m_avg)", ["instance", "job", "service"]],
		["time() - lbscope_last_successful_poll_timestamp_seconds > 60", ["instance", "job"]],
		["absent(up)", []],
		['label_replace(up, "node", "$1", "instance", "(.*):.*")', ["instance", "job", "node"]],
		["rps_1m_avg / ignoring (service) group_left () rps_requests", ["instance", "job", "service"]],
		["rps_1m_avg and on (instance) up == 1", ["instance", "job", "service"]],
		["avg_over_time((healthy_endpoints_count > bool 0)[30d:1m] offset 1d)", ["instance", "job"]],
		["rate(total_fw_drops[5m])", ["instance", "job"]],
		['sum by (cluster, job) (up{cluster="x"})', ["cluster", "job"]],
	])("knows the labels of %s", (query, labels) => {
		expect([...(labelsOf(query, METRICS) ?? [])].sort()).toEqual(labels);
	});

	it.each([
		["sum by (", "Cannot parse"],
		["total_request", "total_request, which no page has"],
		['{__name__=~".+"}', "a selector without a name"],
		['total_requests{service="web"}', "the label service, which total_requests does not have"],
		['lbscope_flow_errors_total{reason=~"refused|denied"}', "never says"],
		["sum without (dip) (service_traffic_bytes)", "the label dip in sum"],
		[
			"sum by (sip) (rate(lb_rule_interaction_bytes[5m])) > 2 * up",
			"can never match: {sip} and {instance,job}",
		],
		["lb_rule_interaction_bytes / on (service) service_traffic_bytes", "without group_left"],
		["rps_1m_avg / on (service) rps_requests", "on (service), which one side does not have"],
		["up / ignoring (dip) up", "ignoring (dip), which no side has"],
		["rate(active_conntrack_count[5m])", "rate() of the gauge active_conntrack_count"],
		["deriv(total_requests[5m])", "deriv() of the counter total_requests"],
	])("refuses %s", (query, reason) => {
		expect(() => labelsOf(query, METRICS)).toThrow(reason);
	});
});
