/** Services that come, change and go while the programs run. */
import { expect, test } from "vitest";
import type { Service } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ENDPOINT, VIP } from "./cast.ts";
import { forward } from "./forward.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, packet } from "./packets/packet.ts";
import { tcp } from "./packets/transport.ts";
import { trafficOf } from "./seen.ts";
import { type TestPath, withTestPath } from "./test-path.ts";

const ROOM = 4;

function service(label: string, port: number, fields: Partial<Service> = {}): Service {
	const endpoints = [{ address: ENDPOINT.IPv4, port: 8080 }];
	return { label, vip: VIP.IPv4, port, protocol: "tcp", endpoints, ...fields };
}

/** 100 bytes to the endpoint. `client`: source port. */
function send(path: TestPath, port: number, client: number): void {
	const layers = (to: number) => [tcp({ from: client, to, flags: "A" }), bytes(60)];
	forward(
		path,
		packet(ethernet(), ip({ from: CLIENT.IPv4, to: VIP.IPv4 }), ...layers(port)),
		packet(ethernet(), ip({ from: CLIENT.IPv4, to: ENDPOINT.IPv4 }), ...layers(8080)),
	);
}

async function bytesByLabel(path: TestPath): Promise<Record<string, number>> {
	const traffic = Object.entries(trafficOf(await path.read()));
	return Object.fromEntries(traffic.map(([label, { bytes }]) => [label, bytes]));
}

/** One for each test: slots are for good. */
function withPath(): () => TestPath {
	return withTestPath({ services: [], maxServices: ROOM });
}

describeInKernel("a service that comes", () => {
	const path = withPath();

	test("is counted from then on", async () => {
		send(path(), 80, 1000);
		expect(await path().apply([service("web", 80)])).toMatchObject({ uncounted: 0 });
		expect(await bytesByLabel(path())).toEqual({});
		send(path(), 80, 1001);
		expect(await bytesByLabel(path())).toEqual({ web: 100 });
	});
});

describeInKernel("a service that goes", () => {
	const path = withPath();

	test("keeps what it has counted, and its open flows count on until they end", async () => {
		await path().apply([service("web", 80), service("other", 81)]);
		send(path(), 80, 1000);
		await path().apply([service("other", 81)]);
		send(path(), 80, 1000);
		send(path(), 80, 1001);
		expect(await bytesByLabel(path())).toEqual({ web: 200 });
	});

	test("goes on where it was when it comes back", async () => {
		await path().apply([service("web", 80)]);
		send(path(), 80, 1002);
		await path().apply([]);
		expect(await path().rowsOf("services")).toEqual([]);
		await path().apply([service("web", 80)]);
		send(path(), 80, 1003);
		expect(await bytesByLabel(path())).toEqual({ web: 200 });
	});
});

describeInKernel("a VIP that moves to another label", () => {
	const path = withPath();

	test("counts there from the next flow on", async () => {
		await path().apply([service("blue", 80)]);
		send(path(), 80, 1000);
		await path().apply([service("green", 80)]);
		send(path(), 80, 1000);
		send(path(), 80, 1001);
		expect(await bytesByLabel(path())).toEqual({ blue: 200, green: 100 });
	});
});

describeInKernel("more services than there is room for", () => {
	const path = withPath();
	const five = [80, 81, 82, 83, 84].map((port) => service(`s${port}`, port));

	test("leave those uncounted that come last", async () => {
		const { services, uncounted } = await path().apply(five);
		expect(services.map(({ port }) => port)).toEqual([80, 81, 82, 83]);
		expect(uncounted).toBe(1);
	});

	test("do not push those aside that are counted already", async () => {
		const { services, uncounted } = await path().apply([service("s79", 79), ...five.slice(1)]);
		expect(services.map(({ port }) => port)).toEqual([81, 82, 83]);
		// There is a row for one more, and no slot: the fourth is kept for the name that had it.
		expect(uncounted).toBe(2);
	});

	test("take none from a service that comes back", async () => {
		const { services } = await path().apply([...five.slice(0, 2)].reverse());
		expect(services.map(({ port }) => port)).toEqual([81, 80]);
	});
});

describeInKernel("a label that is too long for a slot", () => {
	const path = withPath();

	test("is not counted, and does no harm to others", async () => {
		const long = service("x".repeat(512), 80);
		expect(await path().apply([long, service("web", 81)])).toMatchObject({
			services: [{ label: "web" }],
			uncounted: 1,
		});
	});
});
