/** The identities of the contract, as a reader of pages sees them: each on one page, and from a page to a later one. */
import { expect } from "vitest";
import type { Labels, Page, Series } from "./page.ts";

const UNITS = ["bytes", "packets"] as const;
/** Families whose series may leave the page, each by the level and unit that keeps their counts. */
const RETIRING = [
	{ name: "lb_rule_interaction_bytes", unit: "bytes", level: "pair" },
	{ name: "lb_rule_interaction_packets", unit: "packets", level: "pair" },
	{ name: "client_traffic_packets", unit: "packets", level: "client" },
	{ name: "endpoint_traffic_bytes", unit: "bytes", level: "endpoint" },
] as const;
/** Gauges by type, but they hold totals. */
const MONOTONIC_GAUGES = ["total_fw_drops", "total_fw_drops_per_rule"];

/** All of them on this page; with the page before, also that no count went down or was lost on the way. */
export function expectIdentities(page: Page, before?: Page): void {
	expectProtocolsAddUp(page);
	for (const service of servicesOf(page)) expectLevelsAddUp(page, service);
	expectEventsAddUp(page);
	expectActiveFlowsAddUp(page);
	for (const { value } of page.series("lbscope_unattributed_bytes")) {
		expect(value, "5: unattributed bytes").toBeGreaterThanOrEqual(0);
	}
	expectSharesAddUp(page);
	expectAllMeasured(page);
	if (!before) return;
	expectNothingGoesDown(page, before);
	for (const retiring of RETIRING) expectRetired(page, before, retiring);
}

function servicesOf(page: Page): string[] {
	return page.series("service_traffic_bytes").map(({ labels }) => labels.service ?? "");
}

function expectProtocolsAddUp(page: Page): void {
	for (const unit of UNITS) {
		const total = page.value(`processed_${unit}_total`);
		const protocols = ["tcp", "udp", "sctp"].map((protocol) => page.value(`processed_${protocol}_${unit}`));
		expect(total, `1: ${unit} of the protocols`).toBe(add(protocols));
		expect(total, `1: ${unit} of the services`).toBe(page.sum(`service_traffic_${unit}`));
	}
}

function expectLevelsAddUp(page: Page, service: string): void {
	for (const { name, unit, level } of RETIRING) {
		const total = page.value(`service_traffic_${unit}`, { service });
		const retired = page.value(`lbscope_retired_${unit}_total`, { service, level });
		expect(page.sum(name, { service }) + retired, `2: ${name} of ${service}`).toBe(total);
	}
}

function expectEventsAddUp(page: Page): void {
	for (const kind of ["requests", "errors"]) {
		expect(page.value(`total_${kind}`), `3: ${kind}`).toBe(page.sum(`total_${kind}_per_service`));
	}
	for (const { labels, value } of page.series("total_errors_per_service")) {
		const { service = "" } = labels;
		const requests = page.value("total_requests_per_service", { service });
		expect(value, `3: errors of ${service}`).toBeLessThanOrEqual(requests);
		expect(page.sum("lbscope_flow_errors_total", { service }), `3: reasons of ${service}`).toBe(value);
	}
	expect(page.sum("total_fw_drops_per_rule"), "drops by rule").toBe(page.sum("total_fw_drops"));
}

function expectActiveFlowsAddUp(page: Page): void {
	const protocols = ["tcp", "udp", "sctp"].map((protocol) => page.value(`active_flow_count_${protocol}`));
	expect(page.value("active_conntrack_count"), "4: active flows").toBe(add(protocols));
}

/** Absent without traffic, else 1 together: over the services, and over the endpoints of each. */
function expectSharesAddUp(page: Page): void {
	const groups = [page.series("total_load_dists_per_service")];
	const endpoints = page.series("endpoint_load_dists_per_service");
	for (const service of servicesOf(page)) {
		groups.push(endpoints.filter(({ labels }) => labels.service === service));
	}
	for (const group of groups.filter(({ length }) => length > 0)) {
		expect(add(group.map(({ value }) => value)), "shares").toBeCloseTo(1, 9);
		for (const { value } of group) expect(value, "a share").toBeGreaterThanOrEqual(0);
	}
}

/** What was not measured is absent: it is neither 0 nor NaN. */
function expectAllMeasured(page: Page): void {
	for (const name of page.names()) {
		for (const { labels, value } of page.series(name)) {
			if (!Number.isFinite(value)) expect.fail(`${name}${JSON.stringify(labels)} is ${value}`);
		}
	}
}

function expectNothingGoesDown(page: Page, before: Page): void {
	const counters = [...before.types].flatMap(([name, type]) => (type === "counter" ? [name] : []));
	// Verdicts, and how often they turned, leave with their endpoint, and when health is turned off.
	const mayLeave = new Set<string>([
		...RETIRING.map(({ name }) => name),
		"lbscope_endpoint_health_transitions_total",
	]);
	for (const name of [...counters, ...MONOTONIC_GAUGES]) {
		const now = valuesOf(page, name);
		for (const { labels, value } of before.series(name)) {
			const later = now.get(keyOf(labels));
			if (later === undefined && mayLeave.has(name)) continue;
			if (later === undefined) expect.fail(`6: ${name}${JSON.stringify(labels)} is gone`);
			expect(later, `6: ${name}${JSON.stringify(labels)}`).toBeGreaterThanOrEqual(value);
		}
	}
}

/** A series that left took its count along: that of the page before, and what it counted since. */
function expectRetired(page: Page, before: Page, { name, unit, level }: (typeof RETIRING)[number]): void {
	const now = valuesOf(page, name);
	const gone = before.series(name).filter(({ labels }) => !now.has(keyOf(labels)));
	for (const { labels, value } of before.series(`lbscope_retired_${unit}_total`)) {
		if (labels.level !== level) continue;
		const left = gone.filter((series) => series.labels.service === labels.service);
		const retired = page.value(`lbscope_retired_${unit}_total`, labels);
		expect(retired - value, `5: ${name} of ${labels.service} that left`).toBeGreaterThanOrEqual(
			add(left.map((each) => each.value)),
		);
	}
}

function valuesOf(page: Page, name: string): Map<string, number> {
	return new Map(page.series(name).map(({ labels, value }: Series) => [keyOf(labels), value]));
}

function keyOf(labels: Labels): string {
	return JSON.stringify(Object.entries(labels).sort());
}

function add(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0);
}
