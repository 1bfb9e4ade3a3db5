/** Which sources are asked, by what the file says. */
import { afterEach, describe, expect, test } from "vitest";
import { discoverySources } from "../../src/commands/discovery-sources.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import { formatProblem } from "../../src/config/problem.ts";

const POD = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
const before = { ...process.env };
afterEach(() => {
	for (const name of Object.keys(POD)) delete process.env[name];
	Object.assign(process.env, before);
});

function sourcesOf(file: string): string[] {
	const result = parseConfig(file, "lbscope.yaml");
	if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
	return discoverySources(result.config, () => {}).map(({ name }) => name);
}

const SERVICES = "services: [{ vip: 10.0.0.1, port: 80 }]\n";

describe("without a word of services", () => {
	test("the kernel is asked, and LoxiLB", () => {
		expect(sourcesOf("")).toEqual(["loxilb", "ipvs", "nftables"]);
	});

	test("and the cluster, in a pod", () => {
		Object.assign(process.env, POD);
		expect(sourcesOf("")).toEqual(["kubernetes", "loxilb", "ipvs", "nftables"]);
	});

	test("but for what is turned off", () => {
		const file = "discovery: { ipvs: { enabled: false }, loxilb: { enabled: false } }";
		expect(sourcesOf(file)).toEqual(["nftables"]);
	});
});

test("with services in the file only these are counted", () => {
	Object.assign(process.env, POD);
	expect(sourcesOf(SERVICES)).toEqual(["static"]);
});

test("a source that is named is asked, and nothing besides", () => {
	Object.assign(process.env, POD);
	expect(sourcesOf("discovery: { nftables: {} }")).toEqual(["nftables"]);
});

test("all that are named are believed in one order, whatever that of the file", () => {
	Object.assign(process.env, POD);
	const file = `${SERVICES}discovery: { nftables: {}, ipvs: {}, loxilb: {}, kubernetes: {} }`;
	expect(sourcesOf(file)).toEqual(["static", "kubernetes", "loxilb", "ipvs", "nftables"]);
});

test("Kubernetes outside a pod needs to be told where it is", () => {
	expect(() => sourcesOf("discovery: { kubernetes: {} }")).toThrow(
		"Cannot find services in Kubernetes: this is no pod, expected discovery.kubernetes with server, token_file and ca_file",
	);
	const place = 'server: "10.96.0.1:6443", token_file: /t, ca_file: /c';
	expect(sourcesOf(`discovery: { kubernetes: { ${place} } }`)).toEqual(["kubernetes"]);
});
