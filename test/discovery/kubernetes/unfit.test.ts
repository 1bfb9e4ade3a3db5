/** What a broken server may send and no cluster can have: it is left out, and said once. */
import { describe, expect, it } from "vitest";
import { type KubeObject, READY, service, slice } from "./kube-object.ts";
import { expectLast, follow, newCluster } from "./with-discovery.ts";

const GOOD = "shop/web 10.96.0.10:80/tcp -> +10.1.0.1:8080";

async function followedWith(services: readonly KubeObject[], slices: readonly KubeObject[] = []) {
	const cluster = newCluster();
	cluster.put("services", service("shop/web", "10.96.0.10"), ...services);
	cluster.put("endpointslices", slice("shop/web", "a", { "10.1.0.1": READY }), ...slices);
	return follow(cluster);
}

function named(namespace: unknown, name: unknown): KubeObject {
	const object = service("x/x", "10.96.0.66");
	return { ...object, metadata: { ...object.metadata, namespace, name } as KubeObject["metadata"] };
}

describe("a service", () => {
	it.each([
		["a quote", 'a"b'],
		["a line end", "a\nb"],
		["a label of its own", 'a",service="b'],
		["an escape sequence", "\u001b[31m"],
		["a right-to-left mark", "a\u202eb"],
		["half a character", "a\ud800"],
		["upper case", "Web"],
		["nothing in it", ""],
		["64 characters", "a".repeat(64)],
	])("whose name has %s is left out", async (_, name) => {
		const followed = await followedWith([named("shop", name)]);
		await expectLast(followed).toEqual([GOOD]);
		expect(followed.skipped).toHaveLength(1);
		expect(followed.skipped[0]).toMatch(
			/^Cannot use the name of a service: it is .*, expected 1 to 63 of a-z, 0-9 and -$/,
		);
		expect(followed.skipped[0]).not.toMatch(/[\p{C}\n]/u);
	});

	it.each([
		["no name", named("shop", undefined)],
		["a namespace that is no text", named({ a: 1 }, "x")],
		["a name that cannot be made text", named("shop", { toString: 1 })],
		["a type unknown", service("shop/x", "10.96.0.66", { type: 'Cluster"IP' })],
		["no address", service("shop/x", "10.96.0.256")],
		["the address of nobody", service("shop/x", "0.0.0.0")],
		["port 0", service("shop/x", "10.96.0.66", { ports: [{ port: 0 }] })],
		["port 65536", service("shop/x", "10.96.0.66", { ports: [{ port: 65_536 }] })],
		["half a port", service("shop/x", "10.96.0.66", { ports: [{ port: 1.5 }] })],
		["a protocol unknown", service("shop/x", "10.96.0.66", { ports: [{ port: 1, protocol: "tcp\n" }] })],
		["a bad port name", service("shop/x", "10.96.0.66", { ports: [{ port: 1, name: "a:b" }] })],
	])("that has %s is left out", async (_, unfit) => {
		const followed = await followedWith([unfit]);
		await expectLast(followed).toEqual([GOOD]);
		expect(followed.skipped).toHaveLength(1);
	});

	it("keeps what fits of it", async () => {
		const ports = [{ name: "a", port: 1 }, { name: "b", port: 2 }, { port: 70_000 }];
		const followed = await followedWith([
			service("shop/x", "10.96.0.66", { ports, externalIPs: ["192.0.2.1", "evil"] }),
		]);
		await expectLast(followed).toEqual([
			GOOD,
			"shop/x:a 10.96.0.66:1/tcp ->",
			"shop/x:a 192.0.2.1:1/tcp ->",
			"shop/x:b 10.96.0.66:2/tcp ->",
			"shop/x:b 192.0.2.1:2/tcp ->",
		]);
	});
});

describe("a slice", () => {
	const unfit = slice("shop/web", "b", { "10.1.0.2": READY });
	it.each([
		[
			"a service name that is none",
			{ ...unfit, metadata: { ...unfit.metadata, labels: { "kubernetes.io/service-name": "a/b" } } },
		],
		["an address that is none", { ...unfit, endpoints: [{ addresses: ["10.1.0"], conditions: {} }] }],
		["no addresses", { ...unfit, endpoints: [{ addresses: [] }] }],
		["an endpoint that is no object", { ...unfit, endpoints: [7] }],
		["a port that is none", { ...unfit, ports: [{ name: "", port: "80" }] }],
	])("that has %s leaves that out", async (_, object) => {
		const followed = await followedWith([], [object as KubeObject]);
		await expectLast(followed).toEqual([GOOD]);
		expect(followed.skipped).toHaveLength(1);
	});

	it.each([
		["of host names", { ...unfit, addressType: "FQDN", endpoints: [{ addresses: ["example.org"] }] }],
		["of all ports", { ...unfit, ports: [{ name: "" }] }],
		["of no service", { ...unfit, metadata: { ...unfit.metadata, labels: {} } }],
	])("%s is none of a service, and no fault", async (_, object) => {
		const followed = await followedWith([], [object as KubeObject]);
		await expectLast(followed).toEqual([GOOD]);
		expect(followed.skipped).toEqual([]);
	});
});

it("is said once of each kind, however much there is of it", async () => {
	const bad = Array.from({ length: 300 }, (_, i) => service(`shop/x${i}`, `bad${i}`));
	const followed = await followedWith([...bad, named("A", "x"), named("B", "x")]);
	await expectLast(followed).toEqual([GOOD]);
	expect(followed.skipped.toSorted()).toEqual([
		'Cannot use the clusterIP of a service: it is "bad0", expected an IPv4 or IPv6 address',
		'Cannot use the namespace of a service: it is "A", expected 1 to 63 of a-z, 0-9 and -',
	]);
});
