/** The services of a Kubernetes cluster, from its API server. */
import { setMaxListeners } from "node:events";
import { Agent } from "node:https";
import { canonicalAddress } from "../../model/address.ts";
import type { Discovered, Discovery } from "../discovery.ts";
import type { ApiServer } from "./api-server.ts";
import { buildServices } from "./build-services.ts";
import { coalesce } from "./coalesce.ts";
import type { KubeService } from "./kube-service.ts";
import type { KubeSlice } from "./kube-slice.ts";
import { type Connection, ListWatch } from "./list-watch.ts";
import { PACE, type Pace } from "./pace.ts";
import { refuseOnce } from "./refuse-once.ts";
import { servicesIn, slicesIn } from "./resources.ts";

export interface KubernetesOptions {
	readonly server: ApiServer;
	/** Empty: all. */
	readonly namespaces: readonly string[];
	/** Of services, as kubectl writes it; empty: all. */
	readonly labelSelector: string;
	/** Where this node serves node ports. Asked again and again. */
	readonly nodeAddresses: () => readonly string[];
	/** Told of what the server sends and no server should: each kind of it once. */
	readonly skipped: (reason: string) => void;
	readonly pace?: Pace;
}

export class KubernetesDiscovery implements Discovery {
	readonly name = "kubernetes";
	readonly #options: KubernetesOptions;
	readonly #pace: Pace;
	readonly #ended = new AbortController();
	readonly #agent = new Agent({ keepAlive: true });
	readonly #services: ListWatch<KubeService>[] = [];
	readonly #slices: ListWatch<KubeSlice>[] = [];
	#nodeAddresses: readonly string[] = [];
	#timer: NodeJS.Timeout | undefined;
	#watching: Promise<unknown> = Promise.resolve();

	constructor(options: KubernetesOptions) {
		this.#options = options;
		this.#pace = options.pace ?? PACE;
		// Every request and every pause listens: more of them than the ten that Node takes for a leak.
		setMaxListeners(0, this.#ended.signal);
	}

	start(deliver: (services: readonly Discovered[]) => void, failed: (reason: string) => void): void {
		const { signal } = this.#ended;
		const { gatherMs, addressesMs } = this.#pace;
		const build = async () => {
			const services = await this.#build();
			if (!signal.aborted) deliver(services);
		};
		const soon = coalesce(build, gatherMs, signal);
		const changed = () => {
			if (this.#isCurrent()) soon();
		};
		this.#follow(changed, failed);
		this.#timer = setInterval(() => this.#lookAtAddresses(changed), addressesMs);
		this.#watching = Promise.all([...this.#services, ...this.#slices].map((each) => each.run()));
	}

	async stop(): Promise<void> {
		this.#ended.abort();
		clearInterval(this.#timer);
		await this.#watching;
		this.#agent.destroy();
	}

	#follow(changed: () => void, failed: (reason: string) => void): void {
		const { server, namespaces, labelSelector, skipped } = this.#options;
		const { signal } = this.#ended;
		const connection: Connection = { server, agent: this.#agent, signal, pace: this.#pace, changed, failed };
		const refuse = refuseOnce(skipped);
		for (const namespace of namespaces.length > 0 ? new Set(namespaces) : [undefined]) {
			const services = servicesIn(namespace, labelSelector, refuse);
			this.#services.push(new ListWatch(services, connection));
			this.#slices.push(new ListWatch(slicesIn(namespace, refuse), connection));
		}
	}

	/**
	 * Whether all can be followed. A list without the endpoints, or without a namespace, would look as if they were
	 * gone; and one that is partly out of date would pass for good news.
	 */
	#isCurrent(): boolean {
		return [...this.#services, ...this.#slices].every(({ isCurrent }) => isCurrent);
	}

	#build(): Promise<Discovered[]> {
		this.#nodeAddresses = this.#readAddresses();
		return buildServices(valuesOf(this.#services), valuesOf(this.#slices), this.#nodeAddresses);
	}

	#lookAtAddresses(changed: () => void): void {
		if (this.#readAddresses().join() !== this.#nodeAddresses.join()) changed();
	}

	#readAddresses(): string[] {
		const addresses = this.#options.nodeAddresses().flatMap((text) => canonicalAddress(text) ?? []);
		return [...new Set(addresses)].sort();
	}
}

function* valuesOf<T>(watches: readonly ListWatch<T>[]): Generator<T> {
	for (const { objects } of watches) yield* objects.values();
}
