/** Services in nftables rules: whatever a dnat statement sends on whose address, protocol and port are known. */
import { hostPort } from "../../model/address.ts";
import type { Endpoint, Protocol } from "../../model/service.ts";
import type { Discovered } from "../discovery.ts";
import { eachOnce, unnamed } from "../unnamed.ts";
import { dnatTargets, endpointsOf, type MapElement, mapElements, type Target } from "./dnat-targets.ts";
import { at, placeOf, type Rule, type Ruleset } from "./ruleset.ts";
import { type Allowed, ANY_PACKET, matching, type Scope } from "./scope.ts";

/** `place` is that of the rule. */
export type Skip = (reason: string, place: string) => void;

interface Search {
	readonly ruleset: Ruleset;
	readonly skip: Skip;
	/** What is still to do; grows while it is worked through. */
	readonly steps: (() => void)[];
	/** No chain is visited twice for the same packets, so that a loop of chains comes to an end. */
	readonly visited: Set<string>;
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
	const search: Search = { ruleset, skip, steps: [], visited: new Set(), found: new Map() };
	for (const chain of ruleset.entrances) visitLater(search, chain, ANY_PACKET);
	for (const [i, step] of search.steps.entries()) {
		step();
		if (i % STEPS_PER_SLICE === 0) yield;
	}
	return [...search.found.values()].map(({ vip, port, protocol, endpoints }) =>
		unnamed(vip, port, protocol, eachOnce(endpoints)),
	);
}

function visitLater(search: Search, chain: string, scope: Scope): void {
	const key = `${chain} ${scope.addresses} ${scope.protocols} ${scope.ports}`;
	if (search.visited.has(key)) return;
	search.visited.add(key);
	search.steps.push(() => {
		for (const rule of search.ruleset.rules.get(chain) ?? []) follow(search, rule, scope);
	});
}

function follow(search: Search, rule: Rule, scope: Scope): void {
	let scopes = [scope];
	for (const statement of rule.statements) {
		const match = at(statement, "match");
		if (at(match, "op") === "==") {
			scopes = scopes.flatMap((each) =>
				matching(search.ruleset, rule, each, at(match, "left"), at(match, "right")),
			);
		}
		for (const each of scopes) act(search, rule, each, statement);
	}
}

function act(search: Search, rule: Rule, scope: Scope, statement: unknown): void {
	goOn(search, rule, scope, statement);
	const verdicts = at(statement, "vmap");
	if (verdicts !== undefined) chooseLater(search, rule, scope, verdicts);
	const dnat = at(statement, "dnat");
	if (dnat !== undefined) {
		for (const target of dnatTargets(search.ruleset, rule, scope, dnat)) addTarget(search, rule, target);
	}
	// What iptables' own matches and targets do is not in the JSON.
	if (at(statement, "xt") !== undefined)
		search.skip("rules of iptables cannot be read through nftables", rule.place);
}

function chooseLater(search: Search, rule: Rule, scope: Scope, verdicts: unknown): void {
	const elements = mapElements(search.ruleset, rule, verdicts);
	const choose = ({ key, value }: MapElement) => {
		for (const each of matching(search.ruleset, rule, scope, at(verdicts, "key"), key))
			goOn(search, rule, each, value);
	};
	for (let start = 0; start < elements.length; start += ELEMENTS_PER_STEP) {
		search.steps.push(() => elements.slice(start, start + ELEMENTS_PER_STEP).forEach(choose));
	}
}

function goOn(search: Search, rule: Rule, scope: Scope, verdict: unknown): void {
	const chain = at(at(verdict, "jump") ?? at(verdict, "goto"), "target");
	if (typeof chain === "string") visitLater(search, placeOf(rule, chain), scope);
}

function addTarget(search: Search, { place }: Rule, target: Target | undefined): void {
	if (!target) {
		search.skip("DNAT rules to anything but single addresses and ports are skipped", place);
		return;
	}
	const problem = problemOf(target.scope);
	if (problem !== undefined) search.skip(`DNAT rules ${problem} are skipped`, place);
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
