import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { readActiveFeatures } from "../../src/bpf/ethtool-features.ts";
import { describeInKernel } from "./as-root.ts";

/** Lines of `ethtool -k` with the kernel's own names; a few others stand for several features, under names of ethtool's. */
const LINE = /^\t?((?:rx|tx|hw|tls|esp|macsec|l2|loopback|highdma|fcoe)[\w-]*): (on|off)/gm;

describeInKernel("features of network devices", () => {
	test("the features of a device that are on are those that ethtool names", () => {
		const active = readActiveFeatures("lo", undefined);
		const said = [...execFileSync("ethtool", ["-k", "lo"], { encoding: "utf8" }).matchAll(LINE)];
		expect(said.length).toBeGreaterThan(20);
		const differing = said.filter(([, name = "", state]) => active.has(name) !== (state === "on"));
		// ethtool's own word for all checksums together.
		expect(
			differing.map(([, name]) => name).filter((name) => !/^[rt]x-checksumming$/.test(name ?? "")),
		).toEqual([]);
		expect(active.has("loopback")).toBe(true);
		expect(active.has("rx-lro")).toBe(false);
	});

	test("a device that is not there is said to be so", () => {
		expect(() => readActiveFeatures("nosuch0", undefined)).toThrow(
			"Cannot ask for the features of nosuch0: ENODEV",
		);
	});
});
