/** What an API server, or what lies between, does wrong. What is known stays, and what changed meanwhile is found. */
import type { ServerResponse } from "node:http";
import { setImmediate as loopTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isWatch, kindOf, refuse } from "./cluster.ts";
import { READY, service, slice } from "./kube-object.ts";
import { expectLast, type Followed, follow, HURRIED, newCluster, untilWatched } from "./with-discovery.ts";

const WEB = "shop/web 10.96.0.10:80/tcp ->";
const API = "shop/api 10.96.0.11:80/tcp ->";

/** A cluster with one service, followed. */
async function followedCluster() {
	const cluster = newCluster();
	cluster.put("services", service("shop/web", "10.96.0.10"));
	const followed = await follow(cluster);
	await expectLast(followed).toEqual([WEB]);
	await untilWatched(cluster);
	return { cluster, followed };
}

const isList = (url: URL) => kindOf(url) === "services" && !isWatch(url);
const isServiceWatch = (url: URL) => kindOf(url) === "services" && isWatch(url);

function listsOf(asked: readonly URL[]): number {
	return asked.filter(isList).length;
}

function openWatch(response: ServerResponse): ServerResponse {
	return response.writeHead(200, { "Content-Type": "application/json" });
}

function expectFailure({ failures }: Followed) {
	return expect.poll(() => failures.at(-1), { timeout: 5_000 });
}

describe("a stream", () => {
	it("cut into single bytes, in lines and characters, reads the same", async () => {
		const { cluster, followed } = await followedCluster();
		cluster.send = (response, line) => {
			for (const byte of Buffer.from(line)) response.write(Buffer.of(byte));
		};
		const annotations = { owner: "Grüße an 東京 🎉" };
		const api = service("shop/api", "10.96.0.11");
		cluster.put("services", { ...api, metadata: { ...api.metadata, annotations } });
		await expectLast(followed).toEqual([WEB, API]);
		expect(followed.failures).toEqual([]);
	});

	it("that is slow, with pauses within a line, reads the same", async () => {
		const { cluster, followed } = await followedCluster();
		cluster.send = async (response, line) => {
			const half = line.length / 2;
			response.write(line.slice(0, half));
			for (let i = 0; i < 20; i++) await loopTurn();
			response.write(line.slice(half));
		};
		cluster.put("services", service("shop/api", "10.96.0.11"));
		await expectLast(followed).toEqual([WEB, API]);
		expect(followed.failures).toEqual([]);
	});

	it("may have a line that is longer than any chunk", async () => {
		const { cluster, followed } = await followedCluster();
		const api = service("shop/api", "10.96.0.11");
		const annotations = { long: "ä".repeat(500_000) };
		cluster.put("services", { ...api, metadata: { ...api.metadata, annotations } });
		await expectLast(followed).toEqual([WEB, API]);
	});

	it("that ends in the middle of a line is taken up again where it was", async () => {
		const { cluster, followed } = await followedCluster();
		const send = cluster.send;
		cluster.send = (response, line) => {
			cluster.send = send;
			response.end(line.slice(0, 40));
		};
		cluster.put("services", service("shop/api", "10.96.0.11"));
		await expectFailure(followed).toBe("Cannot watch services: the answer ends in the middle of a line");
		await expectLast(followed).toEqual([WEB, API]);
		expect(listsOf(cluster.asked)).toBe(1);
	});

	it("that is reset is taken up again where it was, and the list delivered anew", async () => {
		const { cluster, followed } = await followedCluster();
		const count = followed.deliveries.length;
		cluster.resetConnections();
		await expect.poll(() => followed.deliveries.length).toBeGreaterThan(count);
		await untilWatched(cluster);
		cluster.put("services", service("shop/api", "10.96.0.11"));
		await expectLast(followed).toEqual([WEB, API]);
		expect(followed.failures.length).toBeGreaterThan(0);
		expect(listsOf(cluster.asked)).toBe(1);
	});

	it("that the server ends in order is followed by the next, without a word", async () => {
		const { cluster, followed } = await followedCluster();
		cluster.put("services", service("shop/api", "10.96.0.11"));
		await expectLast(followed).toEqual([WEB, API]);
		cluster.endWatches("services");
		await expect.poll(() => cluster.asked.filter(isServiceWatch)).toHaveLength(2);
		expect(followed.failures).toEqual([]);
		expect(listsOf(cluster.asked)).toBe(1);
	});

	it("that brought nothing, not even a bookmark, is not trusted: all is listed again", async () => {
		const { cluster, followed } = await followedCluster();
		cluster.endWatches("services");
		await expect.poll(() => listsOf(cluster.asked)).toBe(2);
		expect(followed.failures).toEqual([]);
	});
});

describe("bookmarks", () => {
	it("move the version that the next watch begins at", async () => {
		const { cluster } = await followedCluster();
		cluster.bookmark();
		cluster.compact();
		cluster.endWatches("services");
		await expect.poll(() => cluster.asked.filter(isServiceWatch)).toHaveLength(2);
		await untilWatched(cluster);
		expect(listsOf(cluster.asked)).toBe(1);
	});
});

describe("410 Gone", () => {
	it("as an event leads to a list, without a failure", async () => {
		const { cluster, followed } = await followedCluster();
		cluster.surprise(isServiceWatch, (response) => {
			cluster.put("services", service("shop/api", "10.96.0.11"));
			cluster.delete("services", "shop/web");
			cluster.compact();
			const object = { kind: "Status", status: "Failure", message: "too old", reason: "Expired", code: 410 };
			openWatch(response).end(`${JSON.stringify({ type: "ERROR", object })}\n`);
		});
		cluster.put("services", service("shop/web", "10.96.0.10"));
		await expect.poll(() => followed.deliveries.length).toBe(2);
		cluster.endWatches("services");
		await expectLast(followed).toEqual([API]);
		expect(followed.failures).toEqual([]);
	});

	it("as a status leads to a list, without a failure", async () => {
		const { cluster, followed } = await followedCluster();
		cluster.surprise(isServiceWatch, (response) => {
			cluster.put("services", service("shop/api", "10.96.0.11"));
			cluster.compact();
			refuse(response, 410, "Gone", "too old resource version");
		});
		cluster.bookmark();
		cluster.endWatches("services");
		await expectLast(followed).toEqual([API, WEB]);
		expect(followed.failures).toEqual([]);
	});

	it("in the middle of a list begins it anew, and says so", async () => {
		const cluster = newCluster();
		for (let i = 0; i < 250; i++) cluster.put("services", service(`shop/web${i}`, `10.96.1.${i}`));
		cluster.surprise(
			(url) => url.searchParams.has("continue"),
			(response) => refuse(response, 410, "Expired", "The provided continue parameter is too old"),
		);
		const followed = await follow(cluster);
		await expect.poll(() => followed.deliveries.at(-1)?.length).toBe(250);
		expect(followed.failures).toEqual([
			"Cannot list services: the server answers 410 (The provided continue parameter is too old), expected 200",
		]);
	});

	it("that never ends leads to one list for each watch, and takes no service away", async () => {
		const { cluster, followed } = await followedCluster();
		for (let i = 0; i < 5; i++)
			cluster.surprise(isServiceWatch, (response) => refuse(response, 410, "Gone", "gone"));
		cluster.endWatches("services");
		await expect.poll(() => listsOf(cluster.asked), { timeout: 5_000 }).toBe(7);
		await untilWatched(cluster);
		expect(cluster.asked.filter(isServiceWatch)).toHaveLength(7);
		expect(followed.deliveries.every((each) => each.length === 1)).toBe(true);
		expect(followed.failures).toEqual([]);
	});
});

describe("a refusal", () => {
	it("of an expired token passes with the next one in the file", async () => {
		const { cluster, followed } = await followedCluster();
		cluster.expectToken("token-2");
		cluster.resetConnections();
		await expectFailure(followed).toMatch(
			/^Cannot watch \w+: the server answers 401 \(Unauthorized\), expected 200$/,
		);
		cluster.writeToken("token-2");
		await untilWatched(cluster);
		cluster.put("services", service("shop/api", "10.96.0.11"));
		await expectLast(followed).toEqual([WEB, API]);
	});

	it("is told in the server's words, on one line and short", async () => {
		const cluster = newCluster();
		const message = `services is forbidden:\nUser "system:anonymous" ${"x".repeat(10_000)}`;
		cluster.surprise(isList, (response) => refuse(response, 403, "Forbidden", message));
		const followed = await follow(cluster);
		await expectFailure(followed).toMatch(
			/^Cannot list services: the server answers 403 \(services is forbidden: User "system:anonymous" x+/,
		);
		expect(followed.failures[0]?.length).toBeLessThan(300);
		await expectLast(followed).toEqual([]);
	});

	it("that is no JSON is told as it is", async () => {
		const cluster = newCluster();
		cluster.surprise(isList, (response) => void response.writeHead(502).end("<html>Bad Gateway</html>"));
		const followed = await follow(cluster);
		await expectFailure(followed).toBe(
			"Cannot list services: the server answers 502 (<html>Bad Gateway</html>), expected 200",
		);
	});
});

describe("one kind that cannot be followed", () => {
	it("holds back the changes of the other, until all is up to date again", async () => {
		const { cluster, followed } = await followedCluster();
		const counts: number[] = [];
		for (let i = 0; i < 5; i++)
			cluster.surprise(
				(url) => kindOf(url) === "endpointslices",
				(response) => {
					counts.push(followed.deliveries.length);
					if (i === 0) cluster.put("services", service("shop/api", "10.96.0.11"));
					refuse(response, 403, "Forbidden", "forbidden");
				},
			);
		for (const response of cluster.watching("endpointslices")) response.destroy();
		await expectLast(followed).toEqual([WEB, API]);
		expect(counts).toEqual([1, 1, 1, 1, 1]);
		expect(followed.failures.at(-1)).toMatch(/^Cannot list endpointslices: the server answers 403 /);
	});
});

describe("garbage", () => {
	const GARBAGE = [
		["no JSON", "{not json"],
		["no object", "[]"],
		["no version", '{"metadata":{},"items":[]}'],
		["a version that is no text", '{"metadata":{"resourceVersion":7},"items":[]}'],
		["no items", '{"metadata":{"resourceVersion":"7"}}'],
		["items that are none", '{"metadata":{"resourceVersion":"7"},"items":{}}'],
		["an item that is no object", '{"metadata":{"resourceVersion":"7"},"items":[7]}'],
		["nothing", ""],
	] as const;
	it.each(GARBAGE)("in a list (%s) is a failure, and takes no service away", async (_, body) => {
		const { cluster, followed } = await followedCluster();
		cluster.surprise(isList, (response) => void response.end(body));
		cluster.compact();
		cluster.endWatches("services");
		await expectFailure(followed).toMatch(
			/^Cannot list services: .* expected|^Cannot list services: an object/,
		);
		await expect.poll(() => listsOf(cluster.asked)).toBe(3);
		await expectLast(followed).toEqual([WEB]);
		expect(followed.deliveries.map((each) => each.length)).not.toContain(0);
	});

	it.each([
		["no JSON", "garbage"],
		["no event", "{}"],
		["an event without an object", '{"type":"ADDED"}'],
		["an event of a kind unknown", '{"type":"RENAMED","object":{"metadata":{"resourceVersion":"9999"}}}'],
		["an error that is none", '{"type":"ERROR"}'],
		["an error of the server", '{"type":"ERROR","object":{"code":500,"message":"etcd is gone"}}'],
	])("in a watch (%s) is a failure, and leads to a list", async (_, line) => {
		const { cluster, followed } = await followedCluster();
		for (const response of cluster.watching("services")) response.write(`${line}\n`);
		await expectFailure(followed).toMatch(/^Cannot watch services: /);
		cluster.put("services", service("shop/api", "10.96.0.11"));
		await expectLast(followed).toContain(API);
		expect(listsOf(cluster.asked)).toBe(2);
	});
});

describe("a server that is away", () => {
	it("for long leaves what is known, and is found when it is back with all that changed", async () => {
		const { cluster, followed } = await followedCluster();
		await cluster.stop();
		await expect.poll(() => followed.failures.length, { timeout: 5_000 }).toBeGreaterThan(10);
		expect(followed.failures.at(-1)).toMatch(/^Cannot list \w+: connect ECONNREFUSED/);
		await expectLast(followed).toEqual([WEB]);
		cluster.put("services", service("shop/api", "10.96.0.11"));
		cluster.put("endpointslices", slice("shop/web", "a", { "10.1.0.1": READY }));
		cluster.delete("services", "shop/web");
		cluster.compact();
		await cluster.start();
		await expectLast(followed).toEqual([API]);
	});

	it("from the beginning is waited for", async () => {
		const cluster = newCluster();
		const server = await cluster.start();
		await cluster.stop();
		const followed = await follow(cluster, { server });
		await expectFailure(followed).toMatch(/^Cannot list \w+: /);
		expect(followed.deliveries).toEqual([]);
		await cluster.start();
		await expectLast(followed).toEqual([]);
	});

	it("and does not say so is given up after a while", async () => {
		const cluster = newCluster();
		cluster.surprise(isList, () => {});
		const followed = await follow(cluster, { pace: { ...HURRIED, headMs: 100 } });
		await expectFailure(followed).toBe("Cannot list services: no answer within 0.1 s");
		await expectLast(followed).toEqual([]);
	});

	it("and leaves an answer half-sent is given up after a while", async () => {
		const cluster = newCluster();
		cluster.surprise(isList, (response) => void response.write('{"metadata":'));
		const followed = await follow(cluster, { pace: { ...HURRIED, pageMs: 100 } });
		await expectFailure(followed).toBe("Cannot list services: the answer is not complete after 0.1 s");
		await expectLast(followed).toEqual([]);
	});

	it("and whose place another took, with a certificate of its own, gets no token", async () => {
		const [cluster, impostor] = [newCluster(), newCluster()];
		const { caFile } = await cluster.start();
		const followed = await follow(cluster, { server: { ...(await impostor.start()), caFile } });
		await expectFailure(followed).toMatch(/^Cannot list \w+: .*(certificate|signature)/);
		expect(impostor.asked).toEqual([]);
	});
});

describe("the service account", () => {
	it("that is not mounted is a failure that names the file", async () => {
		const cluster = newCluster();
		const server = { ...(await cluster.start()), tokenFile: "/nowhere/token" };
		await cluster.stop();
		const followed = await follow(cluster, { server });
		await expectFailure(followed).toMatch(/^Cannot list \w+: ENOENT: .*'\/nowhere\/token'/);
	});
});
