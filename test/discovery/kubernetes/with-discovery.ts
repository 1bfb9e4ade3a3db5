/** A cluster and the discovery that follows it, both gone after the test. */
import { afterEach, expect } from "vitest";
import type { Discovered } from "../../../src/discovery/discovery.ts";
import { KubernetesDiscovery, type KubernetesOptions } from "../../../src/discovery/kubernetes/kubernetes.ts";
import type { Pace } from "../../../src/discovery/kubernetes/pace.ts";
import { hostPort } from "../../../src/model/address.ts";
import { Cluster } from "./cluster.ts";

const clusters: Cluster[] = [];
const discoveries: KubernetesDiscovery[] = [];
afterEach(async () => {
	await Promise.all(discoveries.splice(0).map((each) => each.stop()));
	await Promise.all(clusters.splice(0).map((each) => each.remove()));
});

/** Tests do not wait as long as nodes do. */
export const HURRIED: Pace = {
	firstPauseMs: 10,
	longestPauseMs: 50,
	headMs: 5_000,
	pageMs: 5_000,
	watchMs: 300_000,
	gatherMs: 50,
	addressesMs: 50,
};

export function newCluster(): Cluster {
	const cluster = new Cluster();
	clusters.push(cluster);
	return cluster;
}

export interface Followed {
	readonly discovery: KubernetesDiscovery;
	readonly deliveries: (readonly Discovered[])[];
	readonly failures: string[];
	readonly skipped: string[];
}

export async function follow(cluster: Cluster, more: Partial<KubernetesOptions> = {}): Promise<Followed> {
	const deliveries: (readonly Discovered[])[] = [];
	const failures: string[] = [];
	const skipped: string[] = [];
	const discovery = new KubernetesDiscovery({
		server: more.server ?? (await cluster.start()),
		namespaces: [],
		labelSelector: "",
		nodeAddresses: () => [],
		skipped: (reason) => skipped.push(reason),
		pace: HURRIED,
		...more,
	});
	discoveries.push(discovery);
	discovery.start(
		(services) => deliveries.push(services),
		(reason) => failures.push(reason),
	);
	return { discovery, deliveries, failures, skipped };
}

/** Until both kinds are watched: what the cluster does from now on comes as events. */
export async function untilWatched(cluster: Cluster): Promise<void> {
	const open = () => [cluster.watching("services").length, cluster.watching("endpointslices").length];
	await expect.poll(open, { timeout: 5_000 }).toEqual([1, 1]);
}

/** One line a row: `label vip:port/protocol -> endpoints`, those with a verdict marked + or -. */
export function linesOf(services: readonly Discovered[] | undefined): string[] {
	return (services ?? []).map(({ service: { label, vip, port, protocol, endpoints }, healthy }) => {
		const marks = endpoints.map(({ address, port }) => {
			const verdict = healthy.get(hostPort(address, port));
			return `${verdict === undefined ? "" : verdict ? "+" : "-"}${hostPort(address, port)}`;
		});
		return `${label} ${hostPort(vip, port)}/${protocol} -> ${marks.join(" ")}`.trimEnd();
	});
}

/** Until the last delivery reads so. */
export function expectLast({ deliveries }: Followed) {
	return expect.poll(() => linesOf(deliveries.at(-1)), { timeout: 5_000 });
}
