import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import { startInside } from "../operation/inside.ts";
import { insideConfig, labConfig, PROGRAM, runLbscope, withFiles } from "../operation/program.ts";
import { programsOnAll } from "../operation/programs-on.ts";

const NEEDED = ["bpf", "net_admin", "perfmon"] as const;
const PURPOSES = {
	bpf: "CAP_BPF (to load programs and read maps)",
	net_admin: "CAP_NET_ADMIN (to load programs for interfaces and attach them)",
	perfmon: "CAP_PERFMON (to load programs that compare pointers)",
};

type Case = readonly [who: string, under: readonly string[], missing: readonly string[]];

const CASES: readonly Case[] = [
	["root", asRoot([]), Object.values(PURPOSES)],
	...NEEDED.map((name): Case => {
		const rest = NEEDED.filter((other) => other !== name);
		return [`root with ${rest}`, asRoot(rest), [PURPOSES[name]]];
	}),
	["nobody", asNobody([]), Object.values(PURPOSES)],
	["nobody with bpf,net_admin", asNobody(["bpf", "net_admin"]), [PURPOSES.perfmon]],
];

function asRoot(capabilities: readonly string[]): string[] {
	return ["setpriv", `--bounding-set=${only(capabilities)}`, "--inh-caps=-all", "--no-new-privs"];
}

function asNobody(capabilities: readonly string[]): string[] {
	const ids = ["--reuid=65534", "--regid=65534", "--clear-groups"];
	const rights = ["bounding-set", "inh-caps", "ambient-caps"].map((set) => `--${set}=${only(capabilities)}`);
	return ["setpriv", ...ids, ...rights, "--no-new-privs"];
}

function only(capabilities: readonly string[]): string {
	return ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
}

/** A clone below root's home is out of nobody's reach. */
const isOutOfReach = spawnSync("setpriv", [...asNobody([]).slice(1), ...PROGRAM, "--version"]).status !== 0;
if (isOutOfReach) console.warn(`tests as nobody skipped: nobody may not read ${PROGRAM.join(" or ")}`);

describeAsRoot("lbscope without all rights", 20_000, () => {
	const lab = withLab({ prefix: "opcaps" });
	const file = withFiles();

	test.each(CASES)("says what it lacks as %s", async (who, under, missing) => {
		if (who.startsWith("nobody") && isOutOfReach) return;
		const config = await file("inside.yaml", insideConfig(lab()));
		for (const command of ["check", "run"]) {
			const options = { netns: lab().balancer.netns, under };
			const { code, stderr } = await runLbscope(lab(), [command, "--config", config], options);
			const [refusal, ...more] = stderr.split("\n").filter((line) => !line.startsWith("time="));
			expect(refusal).toMatch(/^lbscope: Cannot load the BPF programs: (EPERM|EACCES), missing CAP_/);
			expect(refusal?.match(/CAP_\w+ \([^)]*\)/g)?.sort()).toEqual([...missing].sort());
			expect(more).toEqual([""]);
			expect(code).toBe(1);
		}
		expect(await programsOnAll(lab())).toEqual([]);
	});

	test.each([
		["root", asRoot(NEEDED)],
		["nobody", asNobody(NEEDED)],
	])("counts as %s with these three and no more", async (who, under) => {
		if (who === "nobody" && isOutOfReach) return;
		const config = await file("inside.yaml", insideConfig(lab()));
		const exporter = await startInside(lab(), config, under);
		const rows = await converse(lab(), { service: lab().service("web"), count: 6 });
		const page = await exporter.pageWhere((each) => each.value("total_requests") === 6);
		expect(rows).toHaveLength(6);
		expectIdentities(page);
		expect(page.series("lbscope_interface_attached").map(({ value }) => value)).toEqual([1, 1, 1, 1]);
		const { code, stderr } = await exporter.process.stop();
		expect(stderr).not.toMatch(/level=(warn|error)/);
		expect(code).toBe(0);
	});

	test.each(["interfaces", "health"])("says that a namespace for %s needs one right more", async (key) => {
		const health = key === "health" ? {} : { netns: undefined };
		const interfaces = key === "health" ? { interfaces: ["nosuch0"] } : {};
		const config = await file("netns.yaml", labConfig(lab(), { ...interfaces, health }));
		for (const command of ["check", "run"]) {
			const { code, stderr } = await runLbscope(lab(), [command, "--config", config], {
				under: asRoot(NEEDED),
			});
			expect(stderr).toContain(
				"lbscope: Cannot enter network namespace /run/netns/lbs-opcaps-lb: " +
					"EPERM, missing CAP_SYS_ADMIN (to enter other network namespaces)\n",
			);
			expect(code).toBe(1);
		}
	});
});
