import { expect, test } from "vitest";
import { type NodeFacts, neededLater } from "../../src/commands/needed-later.ts";
import type { Config } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

const USUAL: NodeFacts = {
	hasTcx: true,
	firstFreePort: 1024,
	hasLoxilb: false,
	hasFile: true,
	readsFilesOfOthers: false,
};
const SERVICES = "services: [{ vip: 10.0.0.1, port: 80 }]";

function needs(text: string, around: Partial<NodeFacts> = {}): string[] {
	const result = parseConfig(text, "file");
	if ("problems" in result) throw new Error(text);
	// What a reload may have to load anew has a test of its own.
	const config = { ...result.config, reload: { watch: false, http: false } };
	return neededLater(config, { ...USUAL, ...around }).map(({ name, purpose }) => `${name} to ${purpose}`);
}

test.each([
	["listed services, and tcx", SERVICES, {}, []],
	["nothing listed: nftables may know services", "", {}, ["CAP_NET_ADMIN to read nftables rules"]],
	[
		"the namespace of a firewall that is not looked at",
		`${SERVICES}\nfirewall: { netns: /run/netns/lb }`,
		{},
		[],
	],
	[
		"drops of the host's firewall",
		`${SERVICES}\nfirewall: { host: true }`,
		{},
		[
			"CAP_NET_ADMIN to count what netfilter drops",
			"CAP_PERFMON to count what netfilter drops",
			"CAP_BPF to count what netfilter drops",
			"CAP_NET_ADMIN to read nftables rules",
		],
	],
	["LoxiLB as a source, on another node", "discovery: { loxilb: {} }", {}, []],
	["LoxiLB here, but other services", SERVICES, { hasLoxilb: true }, []],
	[
		"LoxiLB as a source, here",
		"discovery: { loxilb: {} }",
		{ hasLoxilb: true },
		[
			"CAP_BPF to open the maps of LoxiLB",
			"CAP_SYS_ADMIN to read the types of the maps of LoxiLB",
			"CAP_SYS_PTRACE to look into the container of LoxiLB",
		],
	],
	[
		"LoxiLB whose drops are not counted",
		"discovery: { loxilb: {} }\nfirewall: { loxilb: false }",
		{ hasLoxilb: true },
		[],
	],
	[
		"a kernel without tcx",
		SERVICES,
		{ hasTcx: false },
		["CAP_NET_ADMIN to attach programs where the kernel has no tcx"],
	],
	[
		"interfaces elsewhere",
		`${SERVICES}\ninterfaces: [{ name: a, netns: /run/netns/b }]`,
		{},
		[
			"CAP_NET_ADMIN to find programs of the run before in other namespaces",
			"CAP_SYS_ADMIN to enter other network namespaces",
		],
	],
	[
		"probes from elsewhere",
		`${SERVICES}\nhealth: { netns: /run/netns/b }`,
		{},
		["CAP_SYS_ADMIN to enter other network namespaces"],
	],
	[
		"times of programs",
		`${SERVICES}\nself: { program_stats: true }`,
		{},
		["CAP_SYS_ADMIN to time BPF programs"],
	],
	["a low port", `${SERVICES}\nlisten: ":443"`, {}, ["CAP_NET_BIND_SERVICE to listen on a low port"]],
	["a low port that is free to all", `${SERVICES}\nlisten: ":443"`, { firstFreePort: 80 }, []],
	[
		"files that root may read as root alone",
		SERVICES,
		{ readsFilesOfOthers: true },
		["CAP_DAC_READ_SEARCH to read files of other users"],
	],
] as const)("%s", (_, text, around, expected) => {
	expect(needs(text, around)).toEqual(expected);
});

test.each([
	[{ watch: true, http: false }, true, 3],
	[{ watch: false, http: true }, true, 3],
	[{ watch: false, http: false }, true, 0],
	[{ watch: true, http: true }, false, 0],
])("a reload by %j takes, if there is a file to read again (%s), %d", (reload, hasFile, count) => {
	const result = parseConfig(SERVICES, "file");
	if ("problems" in result) throw new Error("wrong");
	const config: Config = { ...result.config, reload };
	expect(neededLater(config, { ...USUAL, hasFile }).map(({ purpose }) => purpose)).toEqual(
		Array(count).fill("load programs anew after a reload"),
	);
});
