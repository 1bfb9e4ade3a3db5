/** The whole discovery against an API server on the loopback. */
import { describe, expect, it } from "vitest";
import { isWatch } from "./cluster.ts";
import { READY, service, slice } from "./kube-object.ts";
import { expectLast, follow, newCluster, untilWatched } from "./with-discovery.ts";

const NOT_READY = { ready: false, serving: false, terminating: false };

describe("what is delivered", () => {
	it("is the full list at once, the endpoints of all slices with their verdicts", async () => {
		const cluster = newCluster();
		cluster.put("services", service("shop/web", "10.96.0.10"));
		cluster.put("endpointslices", slice("shop/web", "a", { "10.1.0.1": READY, "10.1.0.2": NOT_READY }));
		cluster.put("endpointslices", slice("shop/web", "b", { "10.1.0.3": READY }));
		const followed = await follow(cluster);
		await expectLast(followed).toEqual([
			"shop/web 10.96.0.10:80/tcp -> +10.1.0.1:8080 -10.1.0.2:8080 +10.1.0.3:8080",
		]);
		expect(followed.deliveries).toHaveLength(1);
		expect(followed.deliveries[0]?.[0]).toMatchObject({ namespace: "shop", name: "web", type: "ClusterIP" });
		expect(followed.failures).toEqual([]);
	});

	it("is an empty list where there is nothing", async () => {
		const followed = await follow(newCluster());
		await expect.poll(() => followed.deliveries).toEqual([[]]);
	});

	it("is nothing until both kinds are listed, for services without endpoints would look ill", async () => {
		const cluster = newCluster();
		cluster.put("services", service("shop/web", "10.96.0.10"));
		let answer = () => {};
		cluster.surprise(
			(url) => url.pathname.endsWith("/endpointslices"),
			(response) => {
				answer = () => void response.end('{"metadata":{"resourceVersion":"1"},"items":null}');
			},
		);
		const followed = await follow(cluster);
		await expect.poll(() => cluster.watching("services")).toHaveLength(1);
		expect(followed.deliveries).toEqual([]);
		answer();
		await expectLast(followed).toEqual(["shop/web 10.96.0.10:80/tcp ->"]);
	});
});

describe("a change", () => {
	it("of services and slices is followed: added, modified, deleted", async () => {
		const cluster = newCluster();
		const followed = await follow(cluster);
		await untilWatched(cluster);
		cluster.put("services", service("shop/web", "10.96.0.10"), service("shop/api", "10.96.0.11"));
		await expectLast(followed).toEqual(["shop/web 10.96.0.10:80/tcp ->", "shop/api 10.96.0.11:80/tcp ->"]);
		cluster.put("endpointslices", slice("shop/api", "a", { "10.1.0.1": READY }));
		cluster.delete("services", "shop/web");
		await expectLast(followed).toEqual(["shop/api 10.96.0.11:80/tcp -> +10.1.0.1:8080"]);
		cluster.put("endpointslices", slice("shop/api", "a", { "10.1.0.1": NOT_READY }));
		await expectLast(followed).toEqual(["shop/api 10.96.0.11:80/tcp -> -10.1.0.1:8080"]);
		cluster.delete("endpointslices", "shop/api-a");
		await expectLast(followed).toEqual(["shop/api 10.96.0.11:80/tcp ->"]);
	});

	it("of its type takes a service away, and brings it back", async () => {
		const cluster = newCluster();
		cluster.put("services", service("shop/web", "10.96.0.10"));
		const followed = await follow(cluster);
		await expectLast(followed).toEqual(["shop/web 10.96.0.10:80/tcp ->"]);
		const alias = {
			type: "ExternalName",
			externalName: "example.org",
			clusterIP: undefined,
			clusterIPs: undefined,
		};
		cluster.put("services", service("shop/web", "", alias));
		await expectLast(followed).toEqual([]);
		const ports = [{ port: 80, protocol: "TCP", nodePort: 30080 }];
		cluster.put("services", service("shop/web", "10.96.0.12", { type: "NodePort", ports }));
		await expectLast(followed).toEqual(["shop/web 10.96.0.12:80/tcp ->"]);
	});

	it("may bring slices before their service", async () => {
		const cluster = newCluster();
		const followed = await follow(cluster);
		await untilWatched(cluster);
		cluster.put("endpointslices", slice("shop/web", "a", { "10.1.0.1": READY }));
		await expect.poll(() => followed.deliveries.length).toBeGreaterThan(1);
		cluster.put("services", service("shop/web", "10.96.0.10"));
		await expectLast(followed).toEqual(["shop/web 10.96.0.10:80/tcp -> +10.1.0.1:8080"]);
	});

	it("is delivered with others that come close to it", async () => {
		const cluster = newCluster();
		const followed = await follow(cluster);
		await untilWatched(cluster);
		for (let i = 0; i < 5_000; i++)
			cluster.put("services", service(`shop/web${i}`, `10.96.${i >> 8}.${i & 255}`));
		await expect.poll(() => followed.deliveries.at(-1)?.length, { timeout: 10_000 }).toBe(5_000);
		expect(followed.deliveries.length).toBeLessThan(20);
	});
});

describe("scope", () => {
	it("is the namespaces that are wanted, each asked for by itself", async () => {
		const cluster = newCluster();
		for (const [i, namespace] of ["a", "b", "c"].entries()) {
			cluster.put("services", service(`${namespace}/web`, `10.96.0.${i + 1}`));
			cluster.put("endpointslices", slice(`${namespace}/web`, "x", { [`10.1.0.${i + 1}`]: READY }));
		}
		const followed = await follow(cluster, { namespaces: ["c", "a", "c"] });
		await expectLast(followed).toEqual([
			"c/web 10.96.0.3:80/tcp -> +10.1.0.3:8080",
			"a/web 10.96.0.1:80/tcp -> +10.1.0.1:8080",
		]);
		expect(new Set(cluster.asked.map(({ pathname }) => pathname))).toEqual(
			new Set([
				"/api/v1/namespaces/a/services",
				"/api/v1/namespaces/c/services",
				"/apis/discovery.k8s.io/v1/namespaces/a/endpointslices",
				"/apis/discovery.k8s.io/v1/namespaces/c/endpointslices",
			]),
		);
	});

	it("is the services that the selector wants, and their slices whatever labels they have", async () => {
		const cluster = newCluster();
		cluster.put("services", service("a/in", "10.96.0.1", { labels: { tier: "front" } }));
		cluster.put("services", service("a/out", "10.96.0.2", { labels: { tier: "back" } }));
		cluster.put("endpointslices", slice("a/in", "x", { "10.1.0.1": READY }));
		const followed = await follow(cluster, { labelSelector: "tier=front" });
		await expectLast(followed).toEqual(["a/in 10.96.0.1:80/tcp -> +10.1.0.1:8080"]);
	});
});

describe("node ports", () => {
	it("follow the addresses of the node", async () => {
		const cluster = newCluster();
		const ports = [{ port: 80, protocol: "TCP", nodePort: 30080 }];
		cluster.put("services", service("shop/web", "10.96.0.10", { type: "NodePort", ports }));
		let addresses = ["192.0.2.1"];
		const followed = await follow(cluster, { nodeAddresses: () => addresses });
		await expectLast(followed).toEqual(["shop/web 10.96.0.10:80/tcp ->", "shop/web 192.0.2.1:30080/tcp ->"]);
		addresses = ["192.0.2.2", "fe80::1%eth0", "192.0.2.2"];
		await expectLast(followed).toEqual(["shop/web 10.96.0.10:80/tcp ->", "shop/web 192.0.2.2:30080/tcp ->"]);
	});
});

describe("stop", () => {
	it("ends the watches, delivers nothing more, and can be called while nothing answers", async () => {
		const cluster = newCluster();
		cluster.surprise(
			(url) => isWatch(url),
			() => {},
		);
		const followed = await follow(cluster);
		await expect.poll(() => cluster.asked.filter(isWatch)).toHaveLength(2);
		const count = followed.deliveries.length;
		cluster.put("services", service("shop/web", "10.96.0.10"));
		cluster.put("endpointslices", slice("shop/web", "x", { "10.1.0.1": READY }));
		await followed.discovery.stop();
		await expect
			.poll(() => [...cluster.watching("services"), ...cluster.watching("endpointslices")])
			.toEqual([]);
		expect(followed.deliveries.length).toBeLessThanOrEqual(count + 1);
		expect(followed.failures).toEqual([]);
	});
});
