/** Which endpoints are healthy: by the word of those who know the services, by probes, or by what clients experience. */
import { hostPort } from "../model/address.ts";
import type { HandshakesByEndpoint } from "../model/handshakes.ts";
import type { EndpointHealth } from "../model/health.ts";
import { eachInSlices } from "../model/in-slices.ts";
import { createState, type EndpointState, healthOf, setProbe, setVerdict } from "./endpoint-state.ts";
import { passiveVerdict } from "./passive.ts";
import { type ProbeRules, Prober } from "./prober.ts";
import { splitTargets, type Wanted } from "./split-targets.ts";
import type { Told } from "./targets.ts";

export type HealthSettings = ProbeRules & Wanted & { readonly enabled: boolean };

export interface HealthParts {
	/** A verdict that turned, or was bad from the beginning. */
	readonly changed: (endpoint: ChangedEndpoint) => void;
	/** After each probe: why it could not be made, or undefined when those of all endpoints can, whatever they find. */
	readonly tried: (failure: string | undefined) => void;
	/** Probes that could not begin in their interval. */
	readonly missed: (probes: number) => void;
	/** As the last poll has read them. */
	readonly handshakes: () => HandshakesByEndpoint;
}

export interface ChangedEndpoint {
	readonly endpoint: string;
	readonly protocol: string;
	readonly services: string;
	readonly healthy: boolean;
	readonly reason: string;
}

export interface Health {
	start(): void;
	stop(): void;
	/** The full list; in slices. An endpoint that stays keeps its verdict. */
	update(services: readonly Told[]): Promise<void>;
	/** Other settings from now on, with the verdicts of before. */
	configure(settings: HealthSettings): Promise<void>;
	/** To be called once per poll, for what clients experience is looked at then. Undefined while it is turned off. */
	verdicts(): EndpointHealth[] | undefined;
}

const STATES_PER_SLICE = 300;
const LOOKED_AT_PER_SLICE = 2_000;
const MOST_GONE = 65_536;
const NOTHING: ReadonlySet<never> = new Set();

export function createHealth(first: HealthSettings, parts: HealthParts): Health {
	const changed = (state: EndpointState, healthy: boolean, reason: string) =>
		parts.changed({ ...nameOf(state), healthy, reason });
	const prober = new Prober(first, { ...parts, changed });
	let settings = first;
	let services: readonly Told[] = [];
	let states: ReadonlyMap<string, EndpointState> = new Map();
	/** Counts of endpoints that are gone: no counter goes down when they come back. Beyond MOST_GONE they begin anew. */
	const gone = new Map<string, EndpointState["turned"]>();
	let byClients: ReadonlyMap<string, EndpointState> = new Map();
	let turn = Promise.resolve();

	async function apply(): Promise<void> {
		const { targets, judgeOf } = await splitTargets(settings.enabled ? services : [], settings);
		const next = new Map<string, EndpointState>();
		const probed = new Set<EndpointState>();
		const passive = new Map<string, EndpointState>();
		await eachInSlices(targets, STATES_PER_SLICE, ([key, target]) => {
			const state = states.get(key) ?? createState(target, gone.get(key));
			gone.delete(key);
			state.target = target;
			setProbe(state, target.probe);
			next.set(key, state);
			const judge = judgeOf(key, target);
			if (judge === "probe") probed.add(state);
			else if (judge === "clients") passive.set(key, state);
			else setVerdict(state, judge === "source" ? target.told : undefined, "its source says so", changed);
			return 1;
		});
		await eachInSlices(states, LOOKED_AT_PER_SLICE, ([key, { turned }]) => {
			const hasTurned = turned.healthy + turned.unhealthy > 0;
			if (hasTurned && !next.has(key) && gone.size < MOST_GONE) gone.set(key, turned);
			return 1;
		});
		states = next;
		byClients = passive;
		await prober.update(probed);
	}

	/** One after the other, each with the lists of its moment. */
	function inTurn(work: () => Promise<void>): Promise<void> {
		const result = turn.then(work);
		turn = result.catch(() => {});
		return result;
	}

	function askClients(): void {
		const handshakes = parts.handshakes();
		for (const [key, state] of byClients) {
			const { healthy, reason } = passiveVerdict(handshakes.get(key), state.target.protocol, settings.fall);
			setVerdict(state, healthy, reason, changed);
		}
	}

	return {
		start: () => prober.start(),
		stop: () => prober.stop(),
		update(found) {
			services = found;
			return inTurn(apply);
		},
		configure: (wanted) =>
			inTurn(async () => {
				settings = wanted;
				if (!wanted.enabled) await prober.update(NOTHING);
				await prober.configure(wanted);
				await apply();
			}),
		verdicts() {
			if (!settings.enabled) return undefined;
			askClients();
			return [...states.values()].map(healthOf);
		},
	};
}

function nameOf({ target }: EndpointState) {
	const { address, port, protocol, services } = target;
	return { endpoint: hostPort(address, port), protocol, services: services.join(" ") };
}
