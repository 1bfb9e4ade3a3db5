import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import type { AttachOptions } from "../../../src/bpf/attachment.ts";
import { InterfaceSet } from "../../../src/bpf/interfaces.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import type { AttachKind } from "../../../src/bpf/target.ts";
import { defaultConfig } from "../../../src/config/schema.ts";
import type { Reading } from "../../../src/model/reading.ts";
import { createDataPathSource } from "../../../src/sources/data-path.ts";
import { openDataPath } from "../../../src/sources/open-data-path.ts";
import { followSeries, type Pair } from "../../kernel/seen.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { type ForeignProgram, loadForeignProgram } from "./foreign.ts";
import { programsOn } from "./programs-on.ts";

const FALLBACK = ["clsact", "filter ingress", "filter egress"];
const DEVICE = "client1";

/** Kernels before 6.6 have no tcx: there lbscope takes filters on a clsact qdisc, which this one has as well. */
describeAsRoot("lbscope on clsact", 20_000, () => {
	const lab = withLab({ prefix: "opclsact", clients: 2 });
	const counters: Counter[] = [];
	let foreign: ForeignProgram | undefined;
	afterEach(async () => {
		for (const counter of counters.splice(0)) counter.close();
		await tc("qdisc", "delete", "dev", DEVICE, "clsact").catch(() => "there is none");
	});

	function start(kind: AttachKind, replace = true): Counter {
		const counter = createCounter(lab(), { kind, replace });
		counters.push(counter);
		return counter;
	}

	function programs(): Promise<string[]> {
		return programsOn(lab().balancer.netns, DEVICE);
	}

	function tc(...args: string[]): Promise<string> {
		return run(inNetns(lab().balancer.netns, ["tc", ...args]));
	}

	beforeAll(async () => {
		foreign = await loadForeignProgram();
	});
	afterAll(() => foreign?.close());

	/** Packets of ten datagrams and their answers that the foreign program sees. */
	async function foreignPackets(): Promise<number> {
		const before = foreign?.seen() ?? 0;
		await converse(lab(), { service: lab().service("dns"), count: 10 });
		return (foreign?.seen() ?? 0) - before;
	}

	test("counts what tcx counts, and leaves nothing", async () => {
		const [fallback, tcx] = [start("clsact"), start("tcx")];
		expect(fallback.sync()).toEqual(["attached", "attached", "attached", "attached", "attached"]);
		tcx.sync();
		expect(await programs()).toEqual(["tcx ingress", "tcx egress", ...FALLBACK]);
		for (const label of ["web", "dns-v6"])
			await converse(lab(), { service: lab().service(label), count: 20, responseBytes: 3000 });
		const [counted, expected] = [await fallback.read(), await tcx.read()];
		expect(counted.services).toEqual(expected.services);
		expect(trafficOf(counted)).toEqual(trafficOf(expected));
		expect(trafficOf(counted).length).toBeGreaterThan(0);
		tcx.close();
		fallback.close();
		expect(await programs()).toEqual([]);
	});

	test("takes the place of what a killed one left", async () => {
		const [killed, next] = [start("clsact"), start("clsact")];
		killed.sync();
		expect(next.sync()).toContain("attached");
		expect(await programs()).toEqual(FALLBACK);
		await converse(lab(), { service: lab().service("web"), count: 5 });
		expect(requestsOf(await next.read())).toBe(5);
		expect(requestsOf(await killed.read())).toBe(0);
		// The place is not fought over: the earlier one sees that it is taken.
		expect(killed.sync()).toContain("failed");
		expect(killed.sync()).toEqual([]);
		killed.close();
		expect(await programs()).toEqual(FALLBACK);
	});

	test("leaves a running one its place when it is told to, as a check is", async () => {
		const [running, checking] = [start("clsact"), start("clsact", false)];
		running.sync();
		expect(checking.sync()).toEqual(["failed", "failed", "failed", "failed", "failed"]);
		expect(checking.reasons[0]?.replace(/\[\d+\]/, "[N]")).toBe(
			"Cannot attach ingress_ethernet to lbs-opclsact-lb/client1 (ingress): an lbscope filter " +
				"(bpf ingress_etherne:[N]) is there, expected priority 1 with handle 0x6c62 to be free",
		);
		checking.close();
		expect(await programs()).toEqual(FALLBACK);
		expect(running.sync()).toEqual([]);
		await converse(lab(), { service: lab().service("web"), count: 5 });
		expect(requestsOf(await running.read())).toBe(5);
	});

	test("attaches again when somebody removed the qdisc", async () => {
		const counter = start("clsact");
		counter.sync();
		await tc("qdisc", "delete", "dev", DEVICE, "clsact");
		expect(counter.sync()).toEqual(["gone", "attached"]);
		expect(await programs()).toEqual(FALLBACK);
	});

	test.each(["before", "after"])("lets a foreign filter that came %s see every packet", async (when) => {
		await tc("qdisc", "add", "dev", DEVICE, "clsact");
		const counter = start("clsact");
		if (when === "after") counter.sync();
		foreign?.addFilter(lab().balancer.path, DEVICE, "ingress", 2, 1);
		foreign?.addFilter(lab().balancer.path, DEVICE, "egress", 2, 1);
		if (when === "before") counter.sync();
		expect(await foreignPackets()).toBe(20);
		expect(packetsOf(await counter.read())).toBe(20);
		counter.close();
		// Neither its filters nor the qdisc are ours to remove.
		expect(await programs()).toEqual(FALLBACK);
	});

	test("shares its priority with another program's filter", async () => {
		await tc("qdisc", "add", "dev", DEVICE, "clsact");
		foreign?.addFilter(lab().balancer.path, DEVICE, "ingress", 1, 1);
		const counter = start("clsact");
		expect(counter.sync()).not.toContain("failed");
		expect(await foreignPackets()).toBe(10);
		expect(packetsOf(await counter.read())).toBe(20);
	});

	test("refuses a place that another program has", async () => {
		await tc("qdisc", "add", "dev", DEVICE, "clsact");
		foreign?.addFilter(lab().balancer.path, DEVICE, "ingress", 1, 0x6c62);
		const counter = start("clsact");
		expect(counter.sync()).toContain("failed");
		expect(counter.reasons.map((reason) => reason.replace(/\[\d+\]/, "[N]"))).toEqual([
			"Cannot attach ingress_ethernet to lbs-opclsact-lb/client1 (ingress): another program's filter " +
				"(bpf foreign:[N]) is there, expected priority 1 with handle 0x6c62 to be free",
		]);
		expect(await programs()).toEqual(["clsact", "filter ingress"]);
		expect(await foreignPackets()).toBe(10);
		await tc("qdisc", "delete", "dev", DEVICE, "clsact");
		expect(counter.sync()).toEqual(["attached"]);
	});

	test.each(["before", "after"])("on tcx lets a foreign link that came %s see every packet", async (when) => {
		const counter = start("tcx");
		if (when === "after") counter.sync();
		const directions = ["ingress", "egress"] as const;
		const removals = directions.map((each) => foreign?.addLink(lab().balancer.path, DEVICE, each));
		if (when === "before") counter.sync();
		expect(await foreignPackets()).toBe(20);
		expect(packetsOf(await counter.read())).toBe(20);
		for (const remove of removals) remove?.();
	});
});

interface Counter {
	/** Reasons of what failed. */
	readonly reasons: string[];
	/** What changed. */
	sync(): string[];
	read(): Promise<Counted>;
	close(): void;
}

interface Counted extends Omit<Reading, "pairs"> {
	readonly pairs: readonly Pair[];
}

/** What `lbscope run` counts with, attached in one way only. */
function createCounter(lab: Parameters<typeof converse>[0], options: AttachOptions): Counter {
	const object: BpfObject = openDataPath({ ...defaultConfig, services: lab.services });
	const interfaces = new InterfaceSet(object, lab.interfaces, options);
	const reasons: string[] = [];
	const source = createDataPathSource(object, lab.services, {
		now: () => performance.now(),
		neighbours: () => [],
		firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
		interfaces: () => interfaces.states(),
	});
	const pairs = followSeries(source.table.pairs);
	return {
		reasons,
		sync() {
			const changes = interfaces.sync();
			reasons.push(...changes.filter(({ what }) => what === "failed").map(({ detail }) => detail));
			return changes.map(({ what }) => what);
		},
		read: async () => ({ ...(await source.read()), pairs: pairs() }),
		close() {
			interfaces.close();
			object.close();
		},
	};
}

function requestsOf({ services }: Counted): number {
	return services.reduce((sum, { requests }) => sum + requests, 0);
}

function packetsOf({ services }: Counted): number {
	return services.reduce((sum, { packets }) => sum + packets, 0);
}

/** The pairs in words: two tables need not have them in one order. */
function trafficOf({ pairs }: Counted): string[] {
	return pairs
		.map(({ service, client, endpoint, packets, bytes }) => {
			return `${service} ${client} ${endpoint}: ${packets} packets, ${bytes} bytes`;
		})
		.sort();
}
