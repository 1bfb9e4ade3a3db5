/** Health checks that can be changed for others. */
import { isDeepStrictEqual } from "node:util";
import type { HealthChecks } from "../../config/config.ts";
import type { Discovered } from "../../discovery/discovery.ts";
import { hostPort } from "../../model/address.ts";
import type { EndpointHealth } from "../../model/health.ts";
import { createHealth, type Health } from "../watch-health.ts";

export interface ChangingHealth extends Omit<Health, "verdicts"> {
	/** Undefined when they are not asked for. */
	verdicts(): EndpointHealth[] | undefined;
	/** Never while update() runs. */
	use(checks: HealthChecks): Promise<void>;
}

type Tried = Parameters<typeof createHealth>[1];

export function createChangingHealth(first: HealthChecks, tried: Tried): ChangingHealth {
	let checks = first;
	let health = createHealth(first, tried);
	let found: readonly Discovered[] = [];
	let isStarted = false;
	/** An endpoint keeps its verdict until the new checks have one of their own. */
	let inherited = new Map<string, boolean | undefined>();
	const verdicts = () =>
		health?.verdicts().map((each) => {
			return each.healthy === undefined ? { ...each, healthy: inherited.get(keyOf(each)) } : each;
		});
	return {
		start() {
			isStarted = true;
			health?.start();
		},
		stop: () => health?.stop(),
		async update(services) {
			found = services;
			await health?.update(services);
		},
		verdicts,
		async use(next) {
			if (isDeepStrictEqual(checks, next)) return;
			// Of another source, a verdict may stand where that one never has any.
			const kept = next.source === checks.source ? (verdicts() ?? []) : [];
			const fresh = createHealth(next, tried);
			await fresh?.update(found);
			inherited = new Map(kept.map((each) => [keyOf(each), each.healthy]));
			health?.stop();
			[checks, health] = [next, fresh];
			if (isStarted) health?.start();
		},
	};
}

function keyOf({ address, port, protocol }: EndpointHealth): string {
	return `${protocol} ${hostPort(address, port)}`;
}
