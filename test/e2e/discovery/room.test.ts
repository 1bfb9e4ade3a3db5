import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import { withExporter } from "../with-exporter.ts";
import { balance, webService } from "./balancer.ts";

const ROOM = 4;

describeAsRoot("more services than limits.services", 40_000, () => {
	const lab = withLab({ prefix: "droom" });
	const exporter = withExporter(lab, () => ({
		services: [],
		limits: { services: ROOM },
		discovery: { nftables: { netns: lab().balancer.path, interval: "100ms" } },
	}));

	test("are counted as far as there is room; the page and one line of the log say of the others", async () => {
		const page = await exporter().nextPage();
		const all = lab().services.length;
		expect(page.value("lb_rule_count")).toBe(all);
		expect(page.value("lbscope_uncounted_services")).toBe(all - ROOM);
		expect(page.series("total_requests_per_service")).toHaveLength(ROOM);
		await balance(lab(), [...lab().services, webService("one-more", 9000, [1])]);
		const later = await exporter().pageWhere((each) => each.value("lb_rule_count") === all + 1);
		expect(later.value("lbscope_uncounted_services")).toBe(all + 1 - ROOM);
		const lines = exporter()
			.log()
			.match(/event="services are not counted".*/g);
		expect(lines).toEqual([expect.stringContaining(`services=${all - ROOM} counted=${ROOM}`)]);
	});

	test("leave those exact that are counted", async () => {
		const page = await exporter().nextPage();
		const counted = new Set(page.series("total_requests_per_service").map(({ labels }) => labels.service));
		for (const service of lab().services.filter(({ port }) => port === 80)) {
			await converse(lab(), { service, count: 2 });
		}
		const web = [...counted].filter((label) => label?.endsWith(":80")).length;
		const last = await exporter().pageWhere((each) => each.value("total_requests") >= 2 * web);
		expect(last.value("total_requests")).toBe(2 * web);
		expectIdentities(last);
	});
});
