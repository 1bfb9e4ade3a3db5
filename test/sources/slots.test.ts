import { expect, test } from "vitest";
import type { Service } from "../../src/model/service.ts";
import { encodeServiceKey, portFilter } from "../../src/sources/slots.ts";
import { address, layouts } from "./rows.ts";

function service(label: string, fields: Partial<Service> = {}): Service {
	return { label, vip: "10.0.0.1", port: 80, protocol: "tcp", endpoints: [], ...fields };
}

test("the key of a service is its VIP, port and protocol in network order", () => {
	const { serviceKey } = layouts;
	const key = encodeServiceKey(service("x", { vip: "fd00::1", port: 0x1234, protocol: "sctp" }), serviceKey);
	expect(key.subarray(serviceKey.vip, serviceKey.vip + 16)).toEqual(Buffer.from(address("fd00::1")));
	expect(key.readUInt16BE(serviceKey.port)).toBe(0x1234);
	expect(key[serviceKey.protocol]).toBe(132);
	expect(key).toHaveLength(serviceKey.size);
});

test("a VIP that is no address is refused", () => {
	const wrong = service("x", { vip: "web.example" });
	expect(() => encodeServiceKey(wrong, layouts.serviceKey)).toThrow(
		"Cannot use VIP web.example: it is no IP address",
	);
});

test("the port filter has a bit for each port of each protocol", () => {
	const services = [
		service("a", { port: 0 }),
		service("b", { port: 63, protocol: "udp" }),
		service("c", { port: 64 }),
		service("d", { port: 65535, protocol: "sctp" }),
	];
	const rows = portFilter(services, layouts.servicePorts);
	const { tcp, udp, sctp } = layouts.servicePorts;
	expect([...rows.keys()]).toEqual([0, 1, 1023]);
	expect(rows.get(0)?.readBigUInt64LE(tcp)).toBe(1n);
	expect(rows.get(0)?.readBigUInt64LE(udp)).toBe(1n << 63n);
	expect(rows.get(1)?.readBigUInt64LE(tcp)).toBe(1n);
	expect(rows.get(1023)?.readBigUInt64LE(sctp)).toBe(1n << 63n);
});
