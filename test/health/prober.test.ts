/** Real sockets on the loopback; an endpoint that never answers is a Connect that never settles. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Connect, ProbeImpossible } from "../../src/health/connect.ts";
import { Prober, type ProberOptions } from "../../src/health/prober.ts";
import { targetsOf } from "../../src/health/targets.ts";
import type { Protocol, Service } from "../../src/model/service.ts";

const servers: Server[] = [];
const probers: Prober[] = [];
afterEach(() => {
	for (const prober of probers.splice(0)) prober.stop();
	for (const server of servers.splice(0)) server.close();
});

async function accepting(port = 0): Promise<number> {
	const server = createServer((socket) => socket.resume()).listen(port, "127.0.0.1");
	servers.push(server);
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}

async function refused(): Promise<number> {
	const port = await accepting();
	servers.pop()?.close();
	return port;
}

function service(label: string, ports: readonly number[], protocol: Protocol = "tcp"): Service {
	const endpoints = ports.map((port) => ({ address: "127.0.0.1", port }));
	return { label, vip: "10.0.0.1", port: 80, protocol, endpoints };
}

async function started(services: readonly Service[], more: Partial<ProberOptions> = {}): Promise<Prober> {
	const prober = new Prober({ intervalMs: 10, timeoutMs: 200, rise: 2, fall: 2, ...more });
	probers.push(prober);
	await prober.update(targetsOf(services));
	prober.start();
	return prober;
}

function healthOf(prober: Prober): (boolean | undefined)[] {
	return prober.verdicts().map(({ healthy }) => healthy);
}

/** Counts its calls, and settles none of them. */
function blackHole() {
	const calls: AbortSignal[] = [];
	const connect: Connect = (_endpoint, _timeoutMs, signal) => {
		calls.push(signal);
		return new Promise(() => {});
	};
	return { calls, connect };
}

describe("a verdict", () => {
	it("is healthy for an endpoint that accepts, unhealthy for one that refuses", async () => {
		const prober = await started([service("web", [await accepting(), await refused()])]);
		expect(healthOf(prober)).toEqual([undefined, undefined]);
		await expect.poll(() => healthOf(prober)).toEqual([true, false]);
	});

	it("is unhealthy for an endpoint that never answers, though the connect never settles", async () => {
		const { calls, connect } = blackHole();
		const prober = await started([service("web", [80])], { connect, timeoutMs: 5 });
		await expect.poll(() => healthOf(prober)).toEqual([false]);
		expect(calls[0]?.aborted).toBe(true);
	});

	it("turns when the endpoint comes up", async () => {
		const port = await refused();
		const prober = await started([service("web", [port])]);
		await expect.poll(() => healthOf(prober)).toEqual([false]);
		await accepting(port);
		await expect.poll(() => healthOf(prober)).toEqual([true]);
	});

	it("is absent where the probe cannot be made, and says why", async () => {
		const told: (string | undefined)[] = [];
		let connect: Connect = () => Promise.reject(new ProbeImpossible("no namespace"));
		const prober = await started([service("web", [80])], {
			connect: (...probe) => connect(...probe),
			tried: (failure) => told.push(failure),
		});
		await expect.poll(() => told).toContain("no namespace");
		expect(healthOf(prober)).toEqual([undefined]);
		connect = () => Promise.reject(new Error("refused"));
		await expect.poll(() => healthOf(prober)).toEqual([false]);
		expect(told.at(-1)).toBeUndefined();
	});

	it("is absent for endpoints of UDP and SCTP services, which are not probed", async () => {
		const { calls, connect } = blackHole();
		const prober = await started([service("dns", [53], "udp"), service("amf", [38412], "sctp")], { connect });
		await new Promise((resolve) => setTimeout(resolve, 30));
		expect(healthOf(prober)).toEqual([undefined, undefined]);
		expect(calls).toEqual([]);
	});
});

describe("an update", () => {
	it("keeps the verdict of an endpoint that stays, with the labels of now", async () => {
		const port = await accepting();
		const prober = await started([service("old", [port])]);
		await expect.poll(() => healthOf(prober)).toEqual([true]);
		await prober.update(targetsOf([service("new", [port]), service("other", [port])]));
		expect(prober.verdicts()).toEqual([
			{ address: "127.0.0.1", port, protocol: "tcp", services: ["new", "other"], healthy: true },
		]);
	});

	it("ends the probe of an endpoint that left, and begins those of new ones", async () => {
		const { calls, connect } = blackHole();
		const prober = await started([service("web", [80])], { connect, random: () => 0 });
		await expect.poll(() => calls.length).toBe(1);
		await prober.update(targetsOf([service("web", [81])]));
		expect(calls[0]?.aborted).toBe(true);
		await expect.poll(() => calls.length).toBe(2);
		expect(healthOf(prober)).toEqual([undefined]);
	});
});

describe("probes", () => {
	it("are bounded in number at once", async () => {
		const { calls, connect } = blackHole();
		await started([service("web", [1, 2, 3, 4, 5])], { connect, concurrency: 2, random: () => 0 });
		await new Promise((resolve) => setTimeout(resolve, 30));
		expect(calls).toHaveLength(2);
	});

	it("begin somewhere in the first interval", async () => {
		const { calls, connect } = blackHole();
		const random = [0, 1].values();
		await started([service("web", [1, 2])], {
			connect,
			intervalMs: 60_000,
			random: () => random.next().value ?? 1,
		});
		await new Promise((resolve) => setTimeout(resolve, 30));
		expect(calls).toHaveLength(1);
	});

	it("end when the prober stops", async () => {
		const { calls, connect } = blackHole();
		const prober = await started([service("web", [1])], { connect, random: () => 0 });
		await expect.poll(() => calls.length).toBe(1);
		prober.stop();
		expect(calls[0]?.aborted).toBe(true);
		await new Promise((resolve) => setTimeout(resolve, 30));
		expect(calls).toHaveLength(1);
		expect(healthOf(prober)).toEqual([undefined]);
	});
});
