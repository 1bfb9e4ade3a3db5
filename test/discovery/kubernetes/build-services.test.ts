import { describe, expect, it } from "vitest";
import { buildServices } from "../../../src/discovery/kubernetes/build-services.ts";
import { readService } from "../../../src/discovery/kubernetes/kube-service.ts";
import { readSlice } from "../../../src/discovery/kubernetes/kube-slice.ts";
import { type Conditions, type KubeObject, type Port, READY, service, slice } from "./kube-object.ts";
import { linesOf } from "./with-discovery.ts";

const refuse = (field: string): undefined => {
	throw new Error(field);
};

async function built(
	services: readonly KubeObject[],
	slices: readonly KubeObject[],
	node: readonly string[] = [],
) {
	return linesOf(
		await buildServices(
			services.flatMap((each) => readService({ ...each }, refuse) ?? []),
			slices.flatMap((each) => readSlice({ ...each }, refuse) ?? []),
			node,
		),
	);
}

describe("a label", () => {
	const withPorts = (ports: readonly Port[]) => built([service("a/b", "10.0.0.1", { ports })], []);

	it("is namespace and name, whatever its one port is called", async () => {
		expect(await withPorts([{ name: "http", port: 80 }])).toEqual(["a/b 10.0.0.1:80/tcp ->"]);
	});

	it("has the port's name where there are several, or else its number", async () => {
		expect(await withPorts([{ name: "http", port: 80 }, { port: 443 }])).toEqual([
			"a/b:http 10.0.0.1:80/tcp ->",
			"a/b:443 10.0.0.1:443/tcp ->",
		]);
	});
});

describe("endpoints", () => {
	const ports = [
		{ name: "dns", port: 53, protocol: "UDP" },
		{ name: "web", port: 80, protocol: "TCP" },
	];
	const both = service("a/b", "10.0.0.1", { ports });

	it("have the port of their slice that is called as the service's, over the same protocol", async () => {
		const [x, y] = [
			slice("a/b", "x", { "10.1.0.1": READY }, [
				{ name: "web", port: 8080, protocol: "TCP" },
				{ name: "dns", port: 1053, protocol: "UDP" },
			]),
			slice("a/b", "y", { "10.1.0.2": READY }, [{ name: "web", port: 9090, protocol: "TCP" }]),
		];
		const z = slice("a/b", "z", { "10.1.0.3": READY }, [{ name: "web", port: 7070, protocol: "UDP" }]);
		expect(await built([both], [x, y, z])).toEqual([
			"a/b:dns 10.0.0.1:53/udp -> +10.1.0.1:1053",
			"a/b:web 10.0.0.1:80/tcp -> +10.1.0.1:8080 +10.1.0.2:9090",
		]);
	});

	it("are those of services of the same name in the same namespace only", async () => {
		const others = [slice("a/c", "x", { "10.1.0.1": READY }), slice("b/b", "x", { "10.1.0.2": READY })];
		expect(await built([service("a/b", "10.0.0.1")], others)).toEqual(["a/b 10.0.0.1:80/tcp ->"]);
	});

	it("in two slices at once are one, healthy if either says so", async () => {
		const ill = { ready: false, serving: false };
		const twice = [slice("a/b", "x", { "10.1.0.1": READY }), slice("a/b", "y", { "10.1.0.1": ill })];
		const expected = ["a/b 10.0.0.1:80/tcp -> +10.1.0.1:8080"];
		expect(await built([service("a/b", "10.0.0.1")], twice)).toEqual(expected);
		expect(await built([service("a/b", "10.0.0.1")], twice.toReversed())).toEqual(expected);
	});
});

describe("a verdict", () => {
	const verdict = async (conditions: Conditions) => {
		const [line] = await built([service("a/b", "10.0.0.1")], [slice("a/b", "x", { "10.1.0.1": conditions })]);
		return line?.split("-> ")[1];
	};

	it.each<[string, Conditions, string]>([
		["healthy when ready", { ready: true }, "+"],
		["healthy when nothing is said, as the API has it", {}, "+"],
		[
			"healthy when it serves on though it is told to end",
			{ ready: false, serving: true, terminating: true },
			"+",
		],
		["unhealthy when not ready, and no more is said", { ready: false }, "-"],
		["unhealthy when it does not serve", { ready: false, serving: false, terminating: false }, "-"],
		["unhealthy when published though not ready", { ready: true, serving: false, terminating: false }, "-"],
		[
			"absent when it ends and serves no longer: it leaves",
			{ ready: false, serving: false, terminating: true },
			"",
		],
	])("is %s", async (_, conditions, mark) => {
		expect(await verdict(conditions)).toBe(`${mark}10.1.0.1:8080`);
	});
});

describe("VIPs", () => {
	it("are the addresses of cluster, outside and load balancer, each once and in one spelling", async () => {
		const object = service("a/b", "fd00::1", { externalIPs: ["FD00:0::2", "192.0.2.1"] });
		const status = {
			loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { hostname: "x.example" }, { ip: "fd00::3" }] },
		};
		expect(await built([{ ...object, status }], [])).toEqual([
			"a/b [fd00::1]:80/tcp ->",
			"a/b [fd00::2]:80/tcp ->",
			"a/b 192.0.2.1:80/tcp ->",
			"a/b [fd00::3]:80/tcp ->",
		]);
	});

	it("of a server that knows one clusterIP only are read too", async () => {
		const object = service("a/b", "10.0.0.1", { clusterIPs: undefined });
		expect(await built([object], [])).toEqual(["a/b 10.0.0.1:80/tcp ->"]);
	});

	it("are none for headless services, aliases, and services that wait for their address", async () => {
		const alias = {
			type: "ExternalName",
			externalName: "example.org",
			clusterIP: undefined,
			clusterIPs: undefined,
		};
		const services = [
			service("a/headless", "None"),
			service("a/alias", "", alias),
			service("a/waiting", "", { type: "LoadBalancer", clusterIPs: undefined }),
		];
		expect(await built(services, [])).toEqual([]);
	});

	it("of node ports are the node's, of the families that the service has", async () => {
		const ports = [{ port: 80, protocol: "TCP", nodePort: 30080 }];
		const only4 = service("a/b", "10.0.0.1", { type: "NodePort", ports });
		const only6 = service("a/c", "fd00::1", {
			type: "LoadBalancer",
			ports: [{ port: 80, nodePort: 30081 }],
		});
		expect(await built([only4, only6], [], ["192.0.2.1", "2001:db8::1"])).toEqual([
			"a/b 10.0.0.1:80/tcp ->",
			"a/b 192.0.2.1:30080/tcp ->",
			"a/c [fd00::1]:80/tcp ->",
			"a/c [2001:db8::1]:30081/tcp ->",
		]);
	});
});
