/** Slots of services: rows of maps that are given to names for good. */
import { expect, test } from "vitest";
import { defaultConfig } from "../../src/config/schema.ts";
import { PROTOCOLS, type Service } from "../../src/model/service.ts";
import { bindLayouts } from "../../src/sources/layouts.ts";
import { openDataPath } from "../../src/sources/open-data-path.ts";
import { readSlots, takeSlots } from "../../src/sources/slots.ts";
import { describeInKernel } from "./as-root.ts";

function service(label: string, fields: Partial<Service> = {}): Service {
	return { label, vip: "10.0.0.1", port: 80, protocol: "tcp", endpoints: [], ...fields };
}

describeInKernel("a slot", () => {
	function withServices(
		services: readonly Service[],
		use: (object: ReturnType<typeof openDataPath>) => void,
	) {
		const limits = {
			...defaultConfig.limits,
			flows: 16,
			pairs: 1,
			services: Math.max(4, services.length + 1),
		};
		const object = openDataPath({ ...defaultConfig, limits, services });
		try {
			use(object);
		} finally {
			object.close();
		}
	}

	test("is shared by services of one label and protocol", () => {
		const services = [service("web"), service("dns", { protocol: "udp" }), service("web", { port: 443 })];
		withServices(services, (object) => {
			const layouts = bindLayouts(object.structs);
			expect(readSlots(object, layouts)).toEqual([
				{ label: "web", protocol: "tcp" },
				{ label: "dns", protocol: "udp" },
			]);
			expect(takeSlots(object, services, layouts)).toEqual([0, 1, 0]);
		});
	});

	test("is not shared by protocols of one label, because the page tells them apart", () => {
		withServices(
			PROTOCOLS.map((protocol) => service("all", { protocol })),
			(object) => {
				const slots = PROTOCOLS.map((protocol) => ({ label: "all", protocol }));
				expect(readSlots(object, bindLayouts(object.structs))).toEqual(slots);
			},
		);
	});

	test("stays that of its service when another one is added", () => {
		withServices([service("a"), service("b")], (object) => {
			const layouts = bindLayouts(object.structs);
			expect(takeSlots(object, [service("c"), service("b")], layouts)).toEqual([2, 1]);
			expect(readSlots(object, layouts).map(({ label }) => label)).toEqual(["a", "b", "c"]);
		});
	});

	test.each([15, 16, 17, 40])("is found again among %i", (count) => {
		const services = Array.from({ length: count }, (_, i) => service(`service ${i}`));
		withServices(services, (object) => {
			const labels = readSlots(object, bindLayouts(object.structs)).map(({ label }) => label);
			expect(labels).toEqual(services.map(({ label }) => label));
		});
	});

	test("has a name of up to 511 bytes, in any script", () => {
		const label = "ü".repeat(255);
		withServices([service(label)], (object) => {
			expect(readSlots(object, bindLayouts(object.structs))).toEqual([{ label, protocol: "tcp" }]);
		});
	});
});
