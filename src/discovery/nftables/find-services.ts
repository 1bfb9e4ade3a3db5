/** Services in nftables rules: whatever a dnat statement sends on whose address, protocol and port are known. */
import { hostPort } from "../../model/address.ts";
import type { Endpoint, Protocol } from "../../model/service.ts";
import type { Discovered } from "../discovery.ts";
import { eachOnce, unnamed } from "../unnamed.ts";
import { dnatTargets, endpointsOf, type MapElement, mapElements, type Target } from "./dnat-targets.ts";
import { at, placeOf, type Rule, type Ruleset, type Statement, type Table } from "./ruleset.ts";
import { type Allowed, ANY_PACKET, matching, type Scope } from "./scope.ts";

/** `place` is that of the rule. */
export type Skip = (reason: string, place: string) => void;

interface Search {
	readonly skip: Skip;
	/** What is still to do; grows while it is worked through. */
	readonly steps: (() => void)[];
	/** For which packets the rules of a chain were visited: never twice, so that a loop of chains comes to an end. */
	readonly visited: Map<readonly Rule[], Set<string>>;
	readonly found: Map<string, Found>;
}

interface Place {
	readonly vip: string;
	readonly port: number;
	readonly protocol: Protocol;
}

interface Found extends Place {
	readonly endpoints: Endpoint[];
}

const STEPS_PER_SLICE = 20;
const ELEMENTS_PER_STEP = 50;
const MAX_SERVICES_PER_RULE = 4096;

/**
 * Follows the packets from the entrances through the chains. That one rule may take packets away from a later one is not
 * looked at: an endpoint that gets none does no harm.
 */
export function* findServices(ruleset: Ruleset, skip: Skip): Generator<void, Discovered[]> {
	const search: Search = { skip, steps: [], visited: new Map(), found: new Map() };
	for (const { table, chain } of ruleset.entrances) visitLater(search, table, chain, ANY_PACKET);
	for (const [i, step] of search.steps.entries()) {
		step();
		if (i % STEPS_PER_SLICE === 0) yield;
	}
	return [...search.found.values()].map(({ vip, port, protocol, endpoints }) =>
		unnamed(vip, port, protocol, eachOnce(endpoints)),
	);
}

function visitLater(search: Search, { chains }: Table, chain: string, scope: Scope): void {
	const rules = chains.get(chain);
	if (!rules) return;
	const packets = `${scope.addresses} ${scope.protocols} ${scope.ports}`;
	const visited = search.visited.get(rules) ?? new Set();
	if (visited.has(packets)) return;
	search.visited.set(rules, visited.add(packets));
	search.steps.push(() => {
		for (const rule of rules) follow(search, rule, scope);
	});
}

function follow(search: Search, rule: Rule, scope: Scope): void {
	let scopes = [scope];
	for (const statement of rule.statements) {
		if (statement.kind === "match") scopes = scopes.flatMap((each) => matched(rule, each, statement.value));
		else for (const each of scopes) act(search, rule, each, statement);
	}
}

/** What is told by `!=` and the like is no list of services. */
function matched({ table }: Rule, scope: Scope, match: unknown): Scope[] {
	if (at(match, "op") !== "==") return [scope];
	return matching(table, scope, at(match, "left"), at(match, "right"));
}

function act(search: Search, rule: Rule, scope: Scope, { kind, value }: Statement): void {
	if (kind === "jump" || kind === "goto") goOn(search, rule, scope, value);
	else if (kind === "vmap") chooseLater(search, rule, scope, value);
	else if (kind === "dnat") {
		for (const target of dnatTargets(rule.table, scope, value)) addTarget(search, rule, target);
	} else if (kind === "xt") {
		// What iptables' own matches and targets do is not in the JSON.
		search.skip("rules of iptables cannot be read through nftables", placeOf(rule));
	}
}

function chooseLater(search: Search, rule: Rule, scope: Scope, verdicts: unknown): void {
	const elements = mapElements(rule.table, verdicts);
	const choose = ({ key, value }: MapElement) => {
		for (const each of matching(rule.table, scope, at(verdicts, "key"), key))
			goOn(search, rule, each, at(value, "jump") ?? at(value, "goto"));
	};
	for (let start = 0; start < elements.length; start += ELEMENTS_PER_STEP) {
		search.steps.push(() => elements.slice(start, start + ELEMENTS_PER_STEP).forEach(choose));
	}
}

function goOn(search: Search, rule: Rule, scope: Scope, verdict: unknown): void {
	const chain = at(verdict, "target");
	if (typeof chain === "string") visitLater(search, rule.table, chain, scope);
}

function addTarget(search: Search, rule: Rule, target: Target | undefined): void {
	if (!target) {
		search.skip("DNAT rules to anything but single addresses and ports are skipped", placeOf(rule));
		return;
	}
	const problem = problemOf(target.scope);
	if (problem !== undefined) search.skip(`DNAT rules ${problem} are skipped`, placeOf(rule));
	else for (const service of servicesOf(target.scope)) addEndpoints(search, service, target);
}

function addEndpoints({ found }: Search, service: Place, target: Target): void {
	const key = `${service.protocol} ${hostPort(service.vip, service.port)}`;
	const known = found.get(key) ?? { ...service, endpoints: [] };
	const isIPv6 = service.vip.includes(":");
	for (const endpoint of endpointsOf(target, service.port)) {
		if (endpoint.address.includes(":") === isIPv6) known.endpoints.push(endpoint);
	}
	found.set(key, known);
}

function problemOf({ addresses, ports, protocols }: Scope): string | undefined {
	const fields = { "a destination address": addresses, "a destination port": ports, "a protocol": protocols };
	for (const [what, allowed] of Object.entries(fields)) {
		if (allowed === undefined) return `without ${what}`;
		if (allowed === "many") return `for more than ${what}`;
	}
	const services = listOf(addresses).length * listOf(ports).length;
	return services > MAX_SERVICES_PER_RULE ? `for more than ${MAX_SERVICES_PER_RULE} services` : undefined;
}

function servicesOf({ addresses, ports, protocols }: Scope): Place[] {
	return listOf(addresses).flatMap((vip) =>
		listOf(ports).flatMap((port) => listOf(protocols).map((protocol) => ({ vip, port, protocol }))),
	);
}

function listOf<T>(allowed: Allowed<T>): readonly T[] {
	return allowed === "many" || allowed === undefined ? [] : allowed;
}
