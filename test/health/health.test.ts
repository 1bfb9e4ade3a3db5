/** All judges together, without a probe: those are in prober.test.ts. */
import { expect, test } from "vitest";
import { type ChangedEndpoint, createHealth, type HealthSettings } from "../../src/health/health.ts";
import type { Told } from "../../src/health/targets.ts";
import type { Handshakes } from "../../src/model/handshakes.ts";

const SETTINGS: HealthSettings = {
	enabled: true,
	source: "auto",
	probe: { type: "none" },
	netns: undefined,
	isElsewhere: false,
	intervalMs: 60_000,
	timeoutMs: 1000,
	rise: 1,
	fall: 3,
	concurrency: 1,
};

function told(verdicts: Readonly<Record<string, boolean>>): Told {
	const endpoints = [1, 2].map((port) => ({ address: "10.1.0.1", port }));
	return {
		service: { label: "web", vip: "10.0.0.1", port: 80, protocol: "tcp", endpoints },
		healthy: new Map(Object.entries(verdicts)),
	};
}

function watched(settings: Partial<HealthSettings> = {}) {
	const changes: ChangedEndpoint[] = [];
	const handshakes = new Map<string, Handshakes>();
	const health = createHealth(
		{ ...SETTINGS, ...settings },
		{
			changed: (change) => changes.push(change),
			tried: () => {},
			missed: () => {},
			handshakes: () => handshakes,
		},
	);
	return { health, changes, handshakes, verdicts: () => health.verdicts()?.map(({ healthy }) => healthy) };
}

const FAILED: Handshakes = { failed: 3, reason: "timeout", completed: false };
const WELL: Handshakes = { failed: 0, reason: undefined, completed: true };

test("a verdict of a source that turns is told, with who it is about", async () => {
	const { health, changes, verdicts } = watched();
	await health.update([told({ "10.1.0.1:1": true, "10.1.0.1:2": true })]);
	expect([verdicts(), changes]).toEqual([[true, true], []]);
	await health.update([told({ "10.1.0.1:1": true, "10.1.0.1:2": false })]);
	expect(verdicts()).toEqual([true, false]);
	expect(changes).toEqual([
		{
			endpoint: "10.1.0.1:2",
			protocol: "tcp",
			services: "web",
			healthy: false,
			reason: "its source says so",
		},
	]);
	expect(health.verdicts()?.[1]?.turned).toEqual({ healthy: 0, unhealthy: 1 });
});

test("clients judge at each poll where nobody else does", async () => {
	const { health, changes, handshakes, verdicts } = watched();
	await health.update([told({ "10.1.0.1:2": true })]);
	expect(verdicts()).toEqual([undefined, true]);
	handshakes.set("tcp 10.1.0.1:1", FAILED).set("tcp 10.1.0.1:2", FAILED);
	expect([verdicts(), verdicts()]).toEqual([
		[false, true],
		[false, true],
	]);
	handshakes.set("tcp 10.1.0.1:1", WELL);
	expect(verdicts()).toEqual([true, true]);
	expect(changes.map(({ endpoint, reason }) => `${endpoint} ${reason}`)).toEqual([
		"10.1.0.1:1 the last 3 connects of clients failed: not answered",
		"10.1.0.1:1 a client has got through",
	]);
});

test("other settings hold at once, and what was counted stays", async () => {
	const { health, handshakes, verdicts } = watched();
	handshakes.set("tcp 10.1.0.1:1", WELL).set("tcp 10.1.0.1:2", { ...WELL, failed: 2, reason: "refused" });
	await health.update([told({ "10.1.0.1:1": false })]);
	expect(verdicts()).toEqual([false, true]);
	await health.configure({ ...SETTINGS, source: "passive", fall: 2 });
	expect(verdicts()).toEqual([true, false]);
	expect(health.verdicts()?.map(({ turned }) => turned)).toEqual([
		{ healthy: 1, unhealthy: 0 },
		{ healthy: 0, unhealthy: 1 },
	]);
});

test("turned off there is nothing, not even an empty list, until it is turned on", async () => {
	const { health, verdicts } = watched({ enabled: false });
	await health.update([told({ "10.1.0.1:1": true })]);
	expect(verdicts()).toBeUndefined();
	await health.configure(SETTINGS);
	expect(verdicts()).toEqual([true, undefined]);
	await health.configure({ ...SETTINGS, enabled: false });
	expect(verdicts()).toBeUndefined();
});

test("an endpoint that comes back goes on with its count", async () => {
	const { health } = watched();
	await health.update([told({ "10.1.0.1:1": true })]);
	await health.update([told({ "10.1.0.1:1": false })]);
	await health.update([]);
	await health.update([told({ "10.1.0.1:1": false })]);
	expect(health.verdicts()?.[0]?.turned).toEqual({ healthy: 0, unhealthy: 1 });
});
