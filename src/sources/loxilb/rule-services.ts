/** LoxiLB's rules as services: their labels, the numbers they are counted under, and what it says of their endpoints. */

import type { EndpointHealth } from "../../model/health.ts";
import { defaultLabel, endpointKey, type Protocol, type Service } from "../../model/service.ts";
import type { Rule, Vip } from "./read-rules.ts";

export interface ServiceSlot {
	readonly label: string;
	readonly protocol: Protocol;
}

export interface RuleServices {
	/** By slot number. Grows, and loses none. */
	readonly slots: readonly ServiceSlot[];
	readonly services: readonly Service[];
	/** Rules for which there is no slot. */
	readonly uncounted: number;
	readonly health: readonly EndpointHealth[];
	/** Services of other sources: rules with their address, port and protocol have their labels. */
	name(services: readonly Service[]): void;
	update(rules: readonly Rule[]): void;
	/** Undefined: there is no more. */
	slotOf(rule: number, protocol: Protocol): number | undefined;
	/** Of a flow whose rule is not known any more. */
	slotOfVip(vip: Vip): number | undefined;
	isConfigured(label: string, dip: string): boolean;
}

export function createRuleServices(capacity: number): RuleServices {
	const slots: ServiceSlot[] = [];
	const numbers = new Map<string, number>();
	const names = new Map<string, Service>();
	/** Of every rule that there was: flows may outlive theirs. */
	const slotsByRule = new Map<string, number>();
	const configured = new Set<string>();
	const verdicts = createVerdicts();
	let services: Service[] = [];
	let uncounted = 0;

	function take(label: string, protocol: Protocol): number | undefined {
		const key = `${protocol} ${label}`;
		const known = numbers.get(key);
		if (known !== undefined || slots.length >= capacity) return known;
		numbers.set(key, slots.push({ label, protocol }) - 1);
		return slots.length - 1;
	}

	function serviceOf({ vips, endpoints }: Rule): Service {
		const first = vips[0] as Vip;
		const named = vips.map(nameOf).find((service) => service !== undefined);
		const label = named?.label ?? defaultLabel(first.vip, first.port, first.protocol);
		const places = endpoints.map(({ address, port }) => ({ address, port }));
		return { ...first, label, endpoints: places, ...(named?.origin && { origin: named.origin }) };
	}

	function nameOf({ vip, port, protocol }: Vip): Service | undefined {
		return names.get(`${protocol} ${vip} ${port}`);
	}

	function update(rules: readonly Rule[]): void {
		services = [];
		uncounted = 0;
		configured.clear();
		verdicts.begin();
		for (const rule of rules) {
			const service = serviceOf(rule);
			const slot = take(service.label, service.protocol);
			if (slot === undefined) uncounted++;
			else {
				slotsByRule.set(`${rule.id} ${service.protocol}`, slot);
				services.push(service);
				for (const { address } of rule.endpoints) configured.add(`${service.label} ${address}`);
			}
			verdicts.take(rule, service);
		}
	}

	return {
		slots,
		get services() {
			return services;
		},
		get uncounted() {
			return uncounted;
		},
		get health() {
			return verdicts.list();
		},
		name(found) {
			names.clear();
			for (const service of found) names.set(`${service.protocol} ${service.vip} ${service.port}`, service);
		},
		update,
		slotOf: (rule, protocol) => slotsByRule.get(`${rule} ${protocol}`),
		slotOfVip: (vip) =>
			take(nameOf(vip)?.label ?? defaultLabel(vip.vip, vip.port, vip.protocol), vip.protocol),
		isConfigured: (label, dip) => configured.has(`${label} ${dip}`),
	};
}

/** An endpoint is healthy when LoxiLB sends it clients for every service that has it. */
function createVerdicts() {
	let former = new Map<string, EndpointHealth>();
	let current = new Map<string, EndpointHealth>();
	return {
		begin() {
			former = current;
			current = new Map();
		},
		take({ endpoints }: Rule, { label, protocol }: Service): void {
			for (const { address, port, isInactive } of endpoints) {
				const key = endpointKey(protocol, { address, port });
				const known = current.get(key);
				const healthy = !isInactive && known?.healthy !== false;
				const services = [...new Set([...(known?.services ?? []), label])];
				const turned = turnedSince(former.get(key), healthy);
				current.set(key, { address, port, protocol, services, healthy, durationMs: undefined, turned });
			}
		},
		list: () => [...current.values()],
	};
}

function turnedSince(before: EndpointHealth | undefined, healthy: boolean): EndpointHealth["turned"] {
	if (before === undefined) return { healthy: 0, unhealthy: 0 };
	const { turned } = before;
	if (before.healthy === healthy) return turned;
	return healthy
		? { ...turned, healthy: turned.healthy + 1 }
		: { ...turned, unhealthy: turned.unhealthy + 1 };
}
