import { expect, test } from "vitest";
import type { Service } from "../../src/model/service.ts";
import { createConfiguredEndpoints } from "../../src/sources/configured-endpoints.ts";

function service(label: string, ...addresses: string[]): Service {
	const endpoints = addresses.map((address) => ({ address, port: 80 }));
	return { label, vip: "10.0.0.1", port: 80, protocol: "tcp", endpoints };
}

test("an endpoint is that of its services, and of no other", () => {
	const configured = createConfiguredEndpoints();
	configured.begin([service("a", "10.1.0.1"), service("b", "10.1.0.1", "10.1.0.2")]);
	expect([configured.has("a", "10.1.0.1"), configured.has("b", "10.1.0.1")]).toEqual([true, true]);
	expect(configured.has("a", "10.1.0.2")).toBe(false);
	expect(configured.addresses.has("10.1.0.2")).toBe(true);
});

test("others take the place of all before, however many", async () => {
	const configured = createConfiguredEndpoints();
	configured.begin([service("old", "10.1.0.1")]);
	const many = Array.from({ length: 3000 }, (_, i) => service(`s${i}`, `10.2.${i >> 8}.${i & 255}`));
	await configured.set(many);
	expect(many.every(({ label, endpoints }) => configured.has(label, endpoints[0]?.address ?? ""))).toBe(true);
	expect(configured.addresses.has("10.1.0.1")).toBe(false);
});
