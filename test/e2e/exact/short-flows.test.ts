/** Flows that begin and end between two polls: counted at the event, so that none is lost and none counted twice. */
import { expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { type Conversation, converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { sumOf, withLab } from "../../lab/with-lab.ts";
import { expectNoneMissed, type Watched, watchPages } from "../watch-pages.ts";
import { withExporter } from "../with-exporter.ts";

const LABELS = ["web", "web-v6", "dns", "dns-v6", "ngap", "ngap-v6"];
const COUNT = 300;

describeAsRoot("flows shorter than a poll", 30_000, () => {
	const lab = withLab({ prefix: "xshort" });
	const exporter = withExporter(lab, { poll: { interval: "1s" } });

	test("are all counted, once", async () => {
		const watched = await watchPages(exporter(), () => shortFlows(lab()));
		expectAllCounted(watched);
		expectNoneMissed(watched);
		expect(sumOf(watched.pages, (page) => page.value("new_flow_count"))).toBe(watched.result.length);
	});
});

describeAsRoot("flows that many polls meet in the middle of their handshakes", 30_000, () => {
	const lab = withLab({ prefix: "xmeet" });
	const exporter = withExporter(lab, { poll: { interval: "100ms" } });

	test("are all counted, once, and none as an error", async () => {
		expectAllCounted(await watchPages(exporter(), () => shortFlows(lab())));
	});
});

/** Fixed ports: the kernel may choose one twice, and then two conversations over UDP are one flow. */
async function shortFlows(lab: Lab): Promise<Conversation[]> {
	const running = LABELS.map((label, i) => {
		const shape = { count: COUNT, concurrency: 100, firstPort: 20_000 + i * COUNT };
		return converse(lab, { service: lab.service(label), ...shape });
	});
	return (await Promise.all(running)).flat();
}

function expectAllCounted({ result, last }: Watched<Conversation[]>): void {
	expect(result.map(({ outcome }) => outcome)).toEqual(result.map(() => "ok"));
	for (const service of LABELS) {
		const counted = { service, requests: last.value("total_requests_per_service", { service }) };
		expect(counted).toEqual({ service, requests: COUNT });
	}
	expect(last.value("total_errors")).toBe(0);
}
