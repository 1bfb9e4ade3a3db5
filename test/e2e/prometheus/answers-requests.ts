/** Connections, requests, errors, health. */
import type { Answers } from "./answers.ts";
import { BORN, between, by, nothing, one } from "./expectation.ts";
import type { LabData } from "./lab-data.ts";
import { type Counts, total } from "./traffic.ts";

const MINUTE = 60;
const FIVE_MINUTES = 300;
/** Per second: far more than the streams do, but for the first poll that sees them all begin. */
const MANY = 500;
/** Endpoints with a probe that is answered, by the servers of the lab: web and reset, in two families, on three endpoints. */
const HEALTHY = 12;
/** refused on three endpoints, blackhole and iperf on one each, in two families. */
const UNHEALTHY = 10;

export function requestAnswers(data: LabData): Answers {
	return { ...connections(data), ...requests(data), ...errors(data), ...health(data) };
}

function connections({ truth: { active, requests, drops }, page }: LabData): Answers {
	const all = active.tcp + active.udp + active.sctp;
	const inactive = page.value("inactive_flow_count");
	return {
		"Flows active now.": one(all, 0),
		"How fast that number grows or falls, per second.": between(0.1, MANY, 1),
		"The most active flows in the last hour, as far as scrapes saw them.": between(all, total(requests), 1),
		"Percentage of active flows that are TCP.": one((active.tcp / all) * 100, 1e-9),
		"UDP flows for each TCP flow.": one(active.udp / active.tcp, 1e-9),
		"Whether there is any SCTP association: 1 or 0.": one(1, 0),
		// It falls when closed connections are removed.
		"Share of the flow table that is half-open, closing or ended.": between(
			0,
			inactive / (inactive + all),
			1,
		),
		"Nodes with more than 10,000 flows that are not active.": nothing("inactive_flow_count"),
		"New flows per second.": one(total(requests) / MINUTE),
		"Nodes with more than 1,000 new flows in the last minute.": nothing("increase(total_requests[1m])"),
		"New flows between the last two polls, as the page says it.": one(0, 0),
		"The ten rules that drop most now.": by(["fw_rule"], { block: drops / FIVE_MINUTES }),
	};
}

function requests({ truth, page }: LabData): Answers {
	const all = total(truth.requests);
	const bytes = page.value("processed_bytes_total");
	return {
		"Requests (new flows) in the last hour.": one(all),
		"Requests of the last day, for a report.": one(all),
		"How fast the request rate rises or falls, in requests per second per second.": between(-MANY, MANY, 1),
		"The ten services with most requests per second.": by(
			["service"],
			divided(truth.requests, FIVE_MINUTES),
			{
				top: 10,
			},
		),
		"Requests per second of one service.": one((truth.requests.web ?? 0) / MINUTE),
		"Requests per second of each service on all nodes.": by(
			["service"],
			divided(truth.requests, FIVE_MINUTES),
		),
		"Requests per second over the last poll.": one(0, 0),
		"Mean of the last 60 seconds by service; the ten highest.": between(0, MINUTE, 10),
		"How much the busiest poll of the last minute stands out from its mean.": between(1, 2 * MINUTE + 1),
		"Bytes per request. There is no latency in these metrics.": one(bytes / all),
		"How fast the rate of the last poll rises or falls, in requests per second per second.": between(
			-MANY,
			MANY,
			1,
		),
		"Nodes with more than 256 services.": nothing("lb_rule_count"),
		"Services configured or discovered.": one(22, 0),
	};
}

function errors({ truth: { requests, errors } }: LabData): Answers {
	const percent = (total(errors) / total(requests)) * 100;
	const byService = Object.entries(errors).map(([service, count]) => [
		service,
		(count / (requests[service] ?? 0)) * 100,
	]);
	const percents: Record<string, number> = Object.fromEntries(byService);
	const many = Object.entries(percents).filter(([service]) => (requests[service] ?? 0) > 20);
	const refused = Object.fromEntries(
		["refused", "refused-v6", "closed"].map((service) => [service, errors[service] ?? 0]),
	);
	return {
		"Nodes with more than ten errors per second.": nothing("rate(total_errors[5m])"),
		"Errors per second of one service.": one((errors.web ?? 0) / MINUTE),
		"Errors per second over the last poll.": one(0, 0),
		"Errors per second.": one(total(errors) / MINUTE),
		"Percentage of requests that ended badly.": one(percent),
		"The same by service.": by(["service"], percents),
		"The same over an hour, for services with few requests; at least 20 of them.": by(
			["service"],
			Object.fromEntries(many),
		),
		"The five services with most errors per second.": by(["service"], divided(errors, FIVE_MINUTES), {
			top: 5,
		}),
		"What happened, and which side it came from.": by(
			["service", "reason", "origin"],
			divided(reasons(errors), FIVE_MINUTES),
			{ within: BORN },
		),
		"Requests that endpoints refuse, per second.": by(["service"], divided(refused, FIVE_MINUTES), {
			within: BORN,
		}),
		"Percentage of errors over the last poll.": nothing("rps_eps"),
		"What is left of an error budget of 0.1 % in 30 days: 1 all, 0 none, negative overdrawn.": one(
			1 - percent / 100 / 0.001,
		),
	};
}

/** An endpoint that ends a connection at once resets it: the balancer has seen its handshake. */
function reasons(errors: Counts): Counts {
	const of = (service: string) => errors[service] ?? 0;
	return {
		"web reset client": of("web"),
		"ngap abort client": of("ngap"),
		"abort abort endpoint": of("abort"),
		"refused refused endpoint": of("refused"),
		"refused-v6 refused endpoint": of("refused-v6"),
		"reset reset endpoint": of("reset"),
		"blackhole timeout endpoint": of("blackhole"),
		"closed unreachable endpoint": of("closed"),
	};
}

function health({ truth: { requests, errors } }: LabData): Answers {
	const share = HEALTHY / (HEALTHY + UNHEALTHY);
	return {
		"Percentage of endpoints with a verdict that are healthy.": one(share * 100, 1e-9),
		"Nodes with fewer than two healthy endpoints of all services.": nothing("healthy_endpoints_count"),
		"Nodes with an unhealthy endpoint.": one(UNHEALTHY, 0),
		"Endpoints that are unhealthy now.": between(0, 0, UNHEALTHY),
		"Services with fewer than two healthy endpoints.": between(0, 0, 6),
		// The first polls had no verdicts.
		"Mean percentage of healthy endpoints in the last day: how much of the capacity was there, not whether the service was.":
			between(share * 90, share * 110, 1),
		"Percentage of the last 30 days in which a node had a healthy endpoint. Prometheus must keep 30 days, else it is of what it has.":
			between(1, 100, 1),
		"The same by service, for the last day.": between(0, 100, 10),
		"Health and success in one number, 0 to 1.": one(share * (1 - total(errors) / total(requests))),
	};
}

function divided(counts: Counts, by: number): Counts {
	return Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, count / by]));
}
