import { expect, test } from "vitest";
import { overall, reportJson, reportLines } from "../../src/doctor/report.ts";

const FINDINGS = [
	{ check: "kernel", status: "ok", text: "Linux 6.18.0" },
	{ check: "clock", status: "warn", text: "the clock is not synchronised", todo: "run chrony" },
	{ check: "programs", status: "fail", text: "Cannot load the BPF programs: EINVAL\n  R1 is no\n" },
] as const;

test("is one line for each fact, with what to do, whatever the kernel has said", () => {
	expect(reportLines(FINDINGS)).toEqual([
		"ok   kernel        Linux 6.18.0",
		"warn clock         the clock is not synchronised; to do: run chrony",
		"fail programs      Cannot load the BPF programs: EINVAL | R1 is no | ",
	]);
});

test("as JSON has the version, the worst status, and every fact", () => {
	expect(JSON.parse(reportJson("1.2.3", FINDINGS))).toEqual({
		version: "1.2.3",
		status: "fail",
		facts: FINDINGS,
	});
});

test.each([
	[["ok", "ok"], "ok"],
	[["ok", "warn"], "warn"],
	[["fail", "warn"], "fail"],
	[[], "ok"],
] as const)("%j is %s", (statuses, worst) => {
	expect(overall(statuses.map((status) => ({ check: "x", status, text: "" })))).toBe(worst);
});
