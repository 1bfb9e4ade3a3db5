import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { startLoxilb } from "../../discovery/loxilb/loxilb-server.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { insideConfig, labConfig, runLbscope, withFiles } from "./program.ts";
import { programsOnAll } from "./programs-on.ts";

describeAsRoot("lbscope check", 20_000, () => {
	const lab = withLab({ prefix: "opcheck", clients: 2, bridge: { netfilter: true } });
	const file = withFiles();

	test("says each step, and leaves nothing attached", async () => {
		const config = await file("good.yaml", labConfig(lab()));
		const { code, stdout, stderr } = await runLbscope(lab(), ["check", "--config", config]);
		expect(stderr).toBe("");
		expect(stdout.replace(/\d+ maps/, "N maps").split("\n")).toEqual([
			"configuration: 22 services, 0 firewall rules",
			"web: plain HTTP, no credentials",
			"loaded: the kernel takes the programs, N maps made",
			...lab().interfaces.map(({ name }) => `attached: lbs-opcheck-lb/${name} (tcx)`),
			"read: 22 service rows, 0 pairs",
			"detached",
			"ok",
			"",
		]);
		expect(code).toBe(0);
		expect(await programsOnAll(lab())).toEqual([]);
	});

	test("asks every source of services once, and says what it found", async () => {
		const loxilb = await startLoxilb(
			'{"lbAttr":[{"serviceArguments":{"externalIP":"192.0.2.1","port":80,"protocol":"tcp"},"endpoints":null}]}',
		);
		const { path } = lab().balancer;
		const discovery = {
			loxilb: { url: loxilb.url, authorization: "secret" },
			nftables: { netns: path },
			ipvs: { enabled: false },
		};
		const config = await file("sources.yaml", labConfig(lab(), { discovery }));
		const good = await runLbscope(lab(), ["check", "--config", config]);
		expect(good.stdout).toContain("\nservices of loxilb: 1 found\nservices of nftables: 22 found\nloaded: ");
		expect([good.code, good.stderr]).toEqual([0, ""]);
		await loxilb.close();
		const away = await runLbscope(lab(), ["check", "--config", config]);
		expect(away.stdout).toMatch(
			/\nservices of loxilb: Cannot .*ECONNREFUSED.*\nservices of nftables: 22 found\n$/,
		);
		expect(away.stderr).toBe("lbscope: Cannot ask loxilb for services: see above, expected an answer\n");
		expect(away.code).toBe(1);
		const printed = await runLbscope(lab(), ["check", "--print", "--config", config]);
		expect(printed.stdout).toContain("authorization: <hidden>\n");
		expect(printed.stdout).not.toContain("secret");
	});

	test("attaches nothing for a wrong file, and points at every mistake", async () => {
		const config = await file(
			"bad.yaml",
			'listn: ":80"\nservices:\n  - { vip: 10.0.0.300, port: 80, protocol: tcp, endpoints: [] }\n',
		);
		const { code, stdout, stderr } = await runLbscope(lab(), ["check", "--config", config]);
		expect(code).toBe(2);
		expect(stdout).toBe("");
		expect(stderr).toBe(
			`${config}:1:1: unknown key "listn", did you mean "listen"?\n` +
				'listn: ":80"\n' +
				"^^^^^\n" +
				`${config}:3:12: vip is 10.0.0.300, expected an IPv4 or IPv6 address\n` +
				"  - { vip: 10.0.0.300, port: 80, protocol: tcp, endpoints: [] }\n" +
				"           ^^^^^^^^^^\n",
		);
	});

	test("refuses a bridge beside one of its ports", async () => {
		const netns = lab().balancer.path;
		const interfaces = [
			{ name: "client1", netns },
			{ name: "br0", netns },
		];
		const config = await file("bridge.yaml", labConfig(lab(), { interfaces }));
		const { code, stderr } = await runLbscope(lab(), ["check", "--config", config]);
		expect(code).toBe(2);
		expect(stderr).toContain(`${config}:4:5: interface br0 is stacked on client1`);
		expect(stderr).toContain("\n  - name: br0\n    ^^^^^^^^^\n");
	});

	test("refuses a macvlan beside its parent", async () => {
		await run(
			inNetns(lab().balancer.netns, ["ip", "link", "add", "mv0", "link", "endpoint1", "type", "macvlan"]),
		);
		const config = await file("macvlan.yaml", insideConfig(lab(), { interfaces: ["mv0", "endpoint1"] }));
		const inside = { netns: lab().balancer.netns };
		const { code, stderr } = await runLbscope(lab(), ["check", "--config", config], inside);
		await run(inNetns(lab().balancer.netns, ["ip", "link", "delete", "mv0"]));
		expect(code).toBe(2);
		expect(stderr).toContain(`${config}:2:5: interface mv0 is stacked on endpoint1`);
		expect(await programsOnAll(lab())).toEqual([]);
	});

	test.each([
		["interface", "client9", "/run/netns/lbs-opcheck-lb", "there is no such interface"],
		["namespace", "client1", "/run/netns/nowhere", "there is no network namespace /run/netns/nowhere"],
		["namespace in a plain file", "client1", "/etc/passwd", "it is no network namespace"],
	])("names a missing %s", async (_, name, netns, words) => {
		const interfaces = [
			...lab().interfaces.map(({ name, netns }) => ({ name, netns })),
			{ name, netns },
		].slice(1);
		const config = await file("missing.yaml", labConfig(lab(), { interfaces }));
		const { code, stderr } = await runLbscope(lab(), ["check", "--config", config]);
		expect(stderr).toMatch(/^lbscope: Cannot [^\n]*\n$/);
		expect(stderr).toContain(words);
		expect(code).toBe(1);
		expect(await programsOnAll(lab())).toEqual([]);
	});

	test("names a file that cannot be read", async () => {
		const secret = await file("secret.yaml", "");
		await chmod(secret, 0);
		const cases = [
			["/nowhere.yaml", "Cannot read /nowhere.yaml: there is no such file\n"],
			[tmpdir(), `Cannot read ${tmpdir()}: it is a directory, expected a YAML file\n`],
			[secret, `Cannot read ${secret}: this user may not read it\n`],
		] as const;
		// Root may read everything, by these two.
		const under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
		for (const [path, words] of cases) {
			const { code, stderr } = await runLbscope(lab(), ["check", "--config", path], { under });
			expect([code, stderr]).toEqual([2, words]);
		}
	});

	test("prints a file that says it all, and reads it back the same", async () => {
		const config = await file("print.yaml", labConfig(lab()));
		const first = await runLbscope(lab(), ["check", "--print", "--config", config]);
		const printed = await file("printed.yaml", first.stdout);
		const second = await runLbscope(lab(), ["check", "--print", "--config", printed]);
		expect(second.stdout).toBe(first.stdout);
		const keys = [
			"listen",
			"metrics",
			"poll",
			"source",
			"interfaces",
			"services",
			"discovery",
			"health",
			"firewall",
			"limits",
			"timeouts",
			"pins",
			"reload",
			"self",
			"system",
			"security",
			"log",
		];
		expect(first.stdout.match(/^\w+(?=:)/gm)).toEqual(keys);
		expect([first.code, second.code]).toEqual([0, 0]);
	});
});
