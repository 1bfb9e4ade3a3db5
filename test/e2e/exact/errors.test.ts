/** Flows that end badly are errors, each once, by what happened and from which side; all other ends are none. */
import { expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { converse, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { watchPages } from "../watch-pages.ts";
import { withExporter } from "../with-exporter.ts";

interface Case {
	readonly label: string;
	readonly ending?: NonNullable<TrafficOptions["ending"]>;
	/** Reason and origin; without one it is no error. */
	readonly error?: string;
}

const COUNT = 8;
const CASES: readonly Case[] = [
	{ label: "refused", error: "refused endpoint" },
	{ label: "reset", error: "reset endpoint" },
	{ label: "web", ending: "client-reset", error: "reset client" },
	{ label: "web", ending: "endpoint-reset", error: "reset endpoint" },
	{ label: "blackhole", error: "timeout endpoint" },
	{ label: "closed", error: "unreachable endpoint" },
	{ label: "abort", error: "abort endpoint" },
	{ label: "ngap", ending: "client-reset", error: "abort client" },
	{ label: "ngap", ending: "endpoint-reset", error: "abort endpoint" },
	{ label: "web", ending: "graceful" },
	{ label: "web", ending: "endpoint-first" },
	{ label: "web", ending: "half-close" },
	{ label: "ngap", ending: "graceful" },
	{ label: "ngap", ending: "endpoint-first" },
	{ label: "dns" },
];
const BOTH_FAMILIES = CASES.flatMap((each) => [each, { ...each, label: `${each.label}-v6` }]);

describeAsRoot("errors", 30_000, () => {
	const lab = withLab({ prefix: "xerrors" });
	const exporter = withExporter(lab, { timeouts: { tcp_handshake: "1s" } });

	test("are exactly the flows that ended badly", async () => {
		const expected = expectedErrors();
		const { last } = await watchPages(exporter(), () => runAll(lab()));
		const allErrors = BOTH_FAMILIES.filter(({ error }) => error).length * COUNT;
		const page = await exporter().pageWhere((now) => now.value("total_errors") >= allErrors);
		expectIdentities(page, last);
		expect(errorsOf(page)).toEqual(expected);
		expect(page.value("total_requests")).toBe(BOTH_FAMILIES.length * COUNT);
	});
});

describeAsRoot("idle flows", 30_000, () => {
	const lab = withLab({ prefix: "xidle" });
	const timeouts = { tcp_established: "500ms", udp: "500ms", sctp: "500ms" };
	const exporter = withExporter(lab, { timeouts });

	test("leave without being errors, also those that end later", async () => {
		const shape = { count: COUNT, holdSeconds: 3 };
		const held = ["web", "web-v6", "dns", "ngap"].map((label) =>
			converse(lab(), { service: lab().service(label), ...shape }),
		);
		const isForgotten = (page: Page) =>
			page.value("total_requests") === held.length * COUNT &&
			page.value("lbscope_map_entries", { map: "flows" }) === 0;
		await exporter().pageWhere(isForgotten);
		await Promise.all(held);
		const after = await exporter().nextPage();
		expect(errorsOf(after)).toEqual({});
		expect(after.value("total_requests")).toBe(held.length * COUNT);
	});
});

async function runAll(lab: Lab): Promise<void> {
	const running = BOTH_FAMILIES.map(({ label, ending = "graceful" }, i) => {
		const service = lab.service(label);
		const shape = { count: COUNT, timeoutSeconds: 1.5, firstPort: 20_000 + i * 100 };
		return converse(lab, { service, ending, ...shape });
	});
	await Promise.all(running);
}

/** "service reason origin" -> flows. */
function expectedErrors(): Record<string, number> {
	const failing = BOTH_FAMILIES.filter(({ error }) => error);
	return Object.fromEntries(failing.map(({ label, error }) => [`${label} ${error}`, COUNT]));
}

function errorsOf(page: Page): Record<string, number> {
	const series = page.series("lbscope_flow_errors_total");
	return Object.fromEntries(
		series.map(({ labels, value }) => [`${labels.service} ${labels.reason} ${labels.origin}`, value]),
	);
}
