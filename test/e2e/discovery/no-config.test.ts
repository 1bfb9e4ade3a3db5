/** A file that says nothing of services: they are looked for. */
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startInside } from "../operation/inside.ts";
import { withFiles } from "../operation/program.ts";
import { namesOf, servicesOn } from "./balancer.ts";

/** A start without any file would take port 8080 of all addresses and the pins of this machine. */
const FILE = `
listen: "127.0.0.1:8080"
poll: { interval: 200ms }
health: { enabled: false }
pins: { enabled: false }
`;

describeAsRoot("without a word of services", 60_000, () => {
	const lab = withLab({ prefix: "dnone" });
	const file = withFiles();

	test("finds those of the namespace, and says what it found where", async () => {
		const exporter = await startInside(lab(), await file("lbscope.yaml", FILE));
		const found = await exporter.pageWhere((page) => page.value("lb_rule_count") > 0);
		expect(servicesOn(found)).toEqual(namesOf(lab().services));
		await converse(lab(), { service: lab().service("web"), count: 3 });
		await exporter.pageWhere((page) => page.value("total_requests") === 3);
		const { stderr } = await exporter.process.stop();
		expect(stderr).toContain('event="looked for LoxiLB" processes=');
		const lines = stderr.split("\n").filter((line) => line.includes("services found"));
		expect(lines.map((line) => line.replace(/^.*services found" /, "")).sort()).toEqual([
			"source=ipvs services=0",
			"source=loxilb services=0",
			"source=nftables services=22",
		]);
	});
});
