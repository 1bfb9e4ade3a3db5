/** A cluster of 5,000 services with 15,000 endpoints. */
import { expect, it } from "vitest";
import { buildServices } from "../../../src/discovery/kubernetes/build-services.ts";
import { readService } from "../../../src/discovery/kubernetes/kube-service.ts";
import { readSlice } from "../../../src/discovery/kubernetes/kube-slice.ts";
import { isWatch, kindOf } from "./cluster.ts";
import { READY, service, slice } from "./kube-object.ts";
import { follow, newCluster } from "./with-discovery.ts";

const COUNT = 5_000;
const services = Array.from({ length: COUNT }, (_, i) =>
	service(`shop/web${i}`, `10.96.${i >> 8}.${i & 255}`),
);
const slices = Array.from({ length: COUNT }, (_, i) => {
	const addresses = [1, 2, 3].map((last) => `10.${i >> 8}.${i & 255}.${last}`);
	return slice(`shop/web${i}`, "a", Object.fromEntries(addresses.map((address) => [address, READY])));
});

it("is listed in pages, and delivered whole at once", async () => {
	const cluster = newCluster();
	cluster.put("services", ...services);
	cluster.put("endpointslices", ...slices);
	const { deliveries } = await follow(cluster);
	await expect.poll(() => deliveries.length, { timeout: 30_000 }).toBe(1);
	const [all = []] = deliveries;
	expect(new Set(all.map(({ service }) => service.label)).size).toBe(COUNT);
	expect(all.every(({ service, healthy }) => service.endpoints.length === 3 && healthy.size === 3)).toBe(
		true,
	);
	const pages = cluster.asked.filter((url) => kindOf(url) === "services" && !isWatch(url));
	expect(pages.length).toBe(COUNT / 50);
	expect(pages.every((url) => url.searchParams.get("limit") === "50")).toBe(true);
}, 60_000);

it("is built in steps, between which the event loop turns", async () => {
	const refuse = () => undefined;
	const kept = services.flatMap((each) => readService({ ...each }, refuse) ?? []);
	const joined = slices.flatMap((each) => readSlice({ ...each }, refuse) ?? []);
	let turns = 0;
	const count = () => {
		turns++;
		timer = setImmediate(count);
	};
	let timer = setImmediate(count);
	expect(await buildServices(kept, joined, [])).toHaveLength(COUNT);
	clearImmediate(timer);
	expect(turns).toBeGreaterThan(30);
});
