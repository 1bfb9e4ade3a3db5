/** Real sockets on the loopback. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createState, type EndpointState, setProbe } from "../../src/health/endpoint-state.ts";
import { type ProbeRules, Prober, type ProberParts } from "../../src/health/prober.ts";
import type { Probe } from "../../src/model/probe.ts";
import { type Certificate, makeCertificate } from "../discovery/kubernetes/certificate.ts";

const RULES: ProbeRules = {
	intervalMs: 20,
	timeoutMs: 1000,
	rise: 2,
	fall: 2,
	concurrency: 64,
	netns: undefined,
};
const WELL = [{ first: 200, last: 299 }];

const ends: (() => void)[] = [];
afterEach(() => {
	for (const end of ends.splice(0).reverse()) end();
});

/** Ends with the test, with all that is connected to it. */
async function listening(server: Server, port = 0): Promise<number> {
	const sockets = new Set<Socket>();
	server.on("connection", (socket: Socket) => {
		sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
	});
	ends.push(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}

function accepting(port = 0): Promise<number> {
	return listening(
		createServer((socket) => socket.resume()),
		port,
	);
}

/** Says this to whoever comes, and then nothing more. */
function saying(...parts: readonly string[]): Promise<number> {
	return listening(createServer((socket) => void socket.once("data", () => socket.write(parts.join("")))));
}

async function refused(): Promise<number> {
	const port = await accepting();
	ends.pop()?.();
	return port;
}

function state(port: number, probe: Probe = { type: "tcp" }): EndpointState {
	return createState({
		address: "127.0.0.1",
		port,
		protocol: "tcp",
		services: ["web"],
		probe,
		told: undefined,
	});
}

interface Started {
	readonly prober: Prober;
	readonly said: string[];
	readonly tried: (string | undefined)[];
	missed(): number;
}

async function started(
	states: readonly EndpointState[],
	rules: Partial<ProbeRules> = {},
	parts: Partial<ProberParts> = {},
): Promise<Started> {
	const said: string[] = [];
	const tried: (string | undefined)[] = [];
	let missed = 0;
	const prober = new Prober(
		{ ...RULES, ...rules },
		{
			changed: (_, healthy, reason) => said.push(`${healthy ? "healthy" : "unhealthy"}: ${reason}`),
			tried: (failure) => tried.push(failure),
			missed(probes) {
				missed += probes;
			},
			...parts,
		},
	);
	ends.push(() => prober.stop());
	await prober.update(new Set(states));
	prober.start();
	return { prober, said, tried, missed: () => missed };
}

describe("a verdict", () => {
	it("is healthy for an endpoint that accepts, unhealthy for one that refuses", async () => {
		const [well, ill] = [state(await accepting()), state(await refused())];
		const { said } = await started([well, ill]);
		await expect.poll(() => [well.healthy, ill.healthy]).toEqual([true, false]);
		expect(said).toEqual(["unhealthy: connection refused"]);
		expect(well.durationMs).toBeLessThan(RULES.timeoutMs);
	});

	it("turns when the endpoint comes up, and when it goes", async () => {
		const each = state(await refused());
		const { said } = await started([each]);
		await expect.poll(() => each.healthy).toBe(false);
		await accepting(each.endpoint.port);
		await expect.poll(() => each.healthy).toBe(true);
		ends.pop()?.();
		await expect.poll(() => each.healthy).toBe(false);
		expect(said).toEqual([
			"unhealthy: connection refused",
			"healthy: it answered as it should",
			"unhealthy: connection refused",
		]);
		expect(each.turned).toEqual({ healthy: 1, unhealthy: 1 });
	});

	it("is absent where the probe cannot be made, and says why", async () => {
		const each = state(await refused());
		const { prober, tried } = await started([each], { netns: "/run/netns/there-is-none" });
		await expect.poll(() => tried).toContain("there is no network namespace /run/netns/there-is-none");
		expect(each.healthy).toBeUndefined();
		await prober.configure(RULES);
		await expect.poll(() => each.healthy).toBe(false);
		expect(tried.at(-1)).toBeUndefined();
	});
});

/** What it says to a request; the reason, or that all is well. */
const ANSWERS: readonly (readonly [string, readonly string[], string])[] = [
	["the status that is wanted", ["HTTP/1.1 204 No Content\r\n\r\n"], ""],
	["another status", ["HTTP/1.1 503 Busy\r\n\r\n"], "status 503, expected 200-299"],
	["garbage", ["\0\x01\x02", "x".repeat(100_000)], "no HTTP answer"],
	[
		"a status line without end",
		["HTTP/1.1 200 ", "O".repeat(1_000_000)],
		"no status in the first 8192 bytes",
	],
	["a body without end", ["HTTP/1.1 200 OK\r\n\r\n", "x".repeat(10_000_000)], ""],
	["huge headers", ["HTTP/1.1 200 OK\r\nX: ", "x".repeat(1_000_000)], ""],
	["nothing", [""], "timed out after 100 ms"],
	["half a line", ["HTTP/1.1 20"], "timed out after 100 ms"],
];

describe("over HTTP, an endpoint", () => {
	it.each(ANSWERS)("that answers with %s", async (_, parts, reason) => {
		const probe = { type: "http", path: "/up", status: WELL, host: undefined } as const;
		const each = state(await saying(...parts), probe);
		const { said } = await started([each], { intervalMs: 100, timeoutMs: 100, fall: 1, rise: 1 });
		await expect.poll(() => each.healthy).toBe(reason === "");
		expect(said).toEqual(reason === "" ? [] : [`unhealthy: ${reason}`]);
	});

	it("that closes at once has not answered", async () => {
		const port = await listening(createServer((socket) => void socket.once("data", () => socket.end())));
		const each = state(port, { type: "http", path: "/", status: WELL, host: undefined });
		const { said } = await started([each], { fall: 1 });
		await expect.poll(() => said).toEqual(["unhealthy: connection closed before the answer"]);
	});

	it("is asked for the path, by the host", async () => {
		const asked: string[] = [];
		const server = createServer((socket) => void socket.once("data", (data) => asked.push(data.toString())));
		const port = await listening(server);
		await started([state(port, { type: "http", path: "/up?a=b", status: WELL, host: "shop.example" })]);
		await expect.poll(() => asked[0]).toContain("GET /up?a=b HTTP/1.1\r\nHost: shop.example\r\n");
	});

	it("is asked for another path as soon as it has another probe", async () => {
		const asked: string[] = [];
		const server = createServer((socket) => {
			socket.once("data", (data) => {
				asked.push(data.toString());
				socket.end("HTTP/1.1 200 OK\r\n\r\n");
			});
		});
		const probe = { type: "http", path: "/old", status: WELL, host: undefined } as const;
		const each = state(await listening(server), probe);
		await started([each]);
		await expect.poll(() => asked.join()).toContain("GET /old ");
		setProbe(each, { ...probe, path: "/new" });
		await expect.poll(() => asked.join()).toContain("GET /new ");
	});
});

describe("over HTTPS, an endpoint", () => {
	const folder = mkdtempSync(join(tmpdir(), "lbscope-probe-"));
	let certificate: Certificate;
	beforeAll(() => {
		certificate = makeCertificate(folder);
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	const request = { type: "https", path: "/", status: WELL, host: undefined, serverName: undefined } as const;

	function secure(): Promise<number> {
		const { key, cert } = certificate;
		const answer = "HTTP/1.1 200 OK\r\n\r\n";
		const server = createTlsServer({ key, cert }, (socket) => {
			socket.on("error", () => {});
			socket.once("data", () => socket.write(answer));
		});
		server.on("tlsClientError", () => {});
		return listening(server);
	}

	it("is well when its certificate is trusted and for its address", async () => {
		const caFile = certificate.certFile;
		const each = state(await secure(), { ...request, skipVerify: false, caFile });
		await started([each]);
		await expect.poll(() => each.healthy).toBe(true);
	});

	it("is not when nobody vouches for it, unless that does not matter", async () => {
		const port = await secure();
		const [strict, lax] = [
			state(port, { ...request, skipVerify: false, caFile: undefined }),
			state(port, { ...request, skipVerify: true, caFile: undefined }),
		];
		const { said } = await started([strict, lax], { fall: 1 });
		await expect.poll(() => [strict.healthy, lax.healthy]).toEqual([false, true]);
		expect(said).toEqual(["unhealthy: TLS: self-signed certificate"]);
	});

	it("is not when the certificate is for another name", async () => {
		const probe = { ...request, serverName: "shop.example", skipVerify: false, caFile: certificate.certFile };
		const each = state(await secure(), probe);
		const { said } = await started([each], { fall: 1 });
		await expect.poll(() => said.join()).toContain("does not match certificate's altnames");
	});

	it("that speaks no TLS is unhealthy, at once or in time", async () => {
		const [plain, silent] = [await saying("HTTP/1.1 200 OK\r\n\r\n"), await accepting()];
		const probe = { ...request, skipVerify: true, caFile: undefined };
		const states = [state(plain, probe), state(silent, probe)];
		const { said } = await started(states, { fall: 1, intervalMs: 100, timeoutMs: 100 });
		await expect.poll(() => states.map(({ healthy }) => healthy)).toEqual([false, false]);
		expect(said).toContain("unhealthy: timed out after 100 ms");
		expect(said.join()).toContain("unhealthy: TLS: ");
	});

	it("has no verdict when the file of authorities cannot be read", async () => {
		const each = state(await secure(), { ...request, skipVerify: false, caFile: join(folder, "none.pem") });
		const { tried } = await started([each]);
		await expect.poll(() => tried[0]).toContain("ENOENT");
		expect(each.healthy).toBeUndefined();
	});
});

/** A listener whose queue is full: connects are not answered. The kernel takes one more than the backlog says. */
async function neverAnswering(): Promise<{ readonly port: number; connects(): number }> {
	let connects = 0;
	const port = await listening(
		createServer((socket) => {
			connects++;
			socket.resume();
		}),
	);
	return { port, connects: () => connects };
}

const SILENT: Probe = { type: "http", path: "/", status: WELL, host: undefined };

describe("an update", () => {
	it("keeps the verdict of an endpoint that stays, and probes new ones", async () => {
		const [stays, comes] = [state(await accepting()), state(await accepting())];
		const { prober } = await started([stays]);
		await expect.poll(() => stays.healthy).toBe(true);
		await prober.update(new Set([stays, comes]));
		expect([stays.healthy, comes.healthy]).toEqual([true, undefined]);
		await expect.poll(() => comes.healthy).toBe(true);
	});

	it("ends the probe of an endpoint that left, without a verdict", async () => {
		const { port, connects } = await neverAnswering();
		const each = state(port, SILENT);
		const { prober, said } = await started([each], { fall: 1, timeoutMs: 150, intervalMs: 150 });
		await expect.poll(connects).toBe(1);
		await prober.update(new Set());
		await sleep(250);
		expect([connects(), each.healthy, said]).toEqual([1, undefined, []]);
	});
});

describe("other settings", () => {
	it("hold from the next probe on, with the verdicts of before", async () => {
		const each = state(await accepting());
		const { prober } = await started([each]);
		await expect.poll(() => each.healthy).toBe(true);
		await prober.configure({ ...RULES, intervalMs: 60_000 });
		const { streak } = each.verdict;
		expect(each.healthy).toBe(true);
		await prober.configure({ ...RULES, intervalMs: 30 });
		await expect.poll(() => each.verdict.streak).toBeGreaterThan(streak + 3);
	});
});

describe("probes", () => {
	it("are bounded in number at once; those that cannot begin in their interval are counted", async () => {
		const { port, connects } = await neverAnswering();
		const states = Array.from({ length: 5 }, () => state(port, SILENT));
		const { missed } = await started(states, { concurrency: 2, intervalMs: 100, timeoutMs: 60_000 });
		await expect.poll(missed).toBeGreaterThan(4);
		expect(connects()).toBe(2);
	});

	it("begin somewhere in the interval", async () => {
		const { port, connects } = await neverAnswering();
		const random = [0, 0.99].values();
		const states = [state(port, SILENT), state(port, SILENT)];
		await started(states, { intervalMs: 60_000 }, { random: () => random.next().value ?? 0 });
		await expect.poll(connects).toBe(1);
	});

	it("end when the prober stops, and go on when it starts again", async () => {
		const { port, connects } = await neverAnswering();
		const each = state(port, SILENT);
		const { prober } = await started([each], { fall: 1, intervalMs: 100, timeoutMs: 100 });
		await expect.poll(connects).toBe(1);
		prober.stop();
		await sleep(200);
		expect([connects(), each.healthy]).toEqual([1, undefined]);
		prober.start();
		await expect.poll(() => each.healthy).toBe(false);
	});
});
