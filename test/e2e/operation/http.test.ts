import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { startTraffic } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { pollsOf } from "../exporter.ts";
import { parsePage } from "../page.ts";
import { withExporter } from "../with-exporter.ts";

/** What Prometheus 2.42 sends: it prefers OpenMetrics. */
const ACCEPT =
	"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const TYPE = "text/plain; version=0.0.4; charset=utf-8";

describeAsRoot("the page over HTTP", 20_000, () => {
	const lab = withLab({ prefix: "ophttp" });
	const exporter = withExporter(lab, { poll: { interval: "1s" } });

	async function ask(path: string, headers: Record<string, string> = {}) {
		const asked = request(`${exporter().url}${path}`, { headers, agent: false }).end();
		const [answer] = (await once(asked, "response")) as [IncomingMessage];
		return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
	}

	test("is the same for all scrapers until the next poll, plain or zipped", async () => {
		const traffic = startTraffic(lab(), { service: lab().service("web"), count: 500, rate: 100 });
		await exporter().pageWhere((page) => page.value("total_requests") > 0);
		const scrapes = Array.from({ length: 40 }, (_, i) => (i % 2 ? { "accept-encoding": "gzip" } : {}));
		const answers = await Promise.all(scrapes.map((headers) => ask("/metrics", headers)));
		const pages = new Map<number, Set<string>>();
		for (const { status, headers, body } of answers) {
			expect(status).toBe(200);
			const text = (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
			const polls = pollsOf(parsePage(text));
			pages.set(polls, (pages.get(polls) ?? new Set()).add(text));
		}
		const zipped = answers.filter(({ headers }) => headers["content-encoding"] === "gzip");
		expect(zipped).toHaveLength(20);
		for (const texts of pages.values()) expect(texts.size).toBe(1);
		expect(pages.size).toBeLessThan(answers.length / 2);
		await traffic.stop();
	});

	test("is text format 0.0.4, whatever Accept says", async () => {
		for (const accept of [ACCEPT, "application/openmetrics-text", "*/*", "application/json", ""]) {
			const { status, headers, body } = await ask("/metrics", { accept });
			expect([status, headers["content-type"]]).toEqual([200, TYPE]);
			expect(Number(headers["content-length"])).toBe(body.length);
			expect(body.toString()).toContain("\n# TYPE total_requests counter\ntotal_requests ");
		}
	});

	test("is healthy and ready beside it", async () => {
		expect(await ask("/-/healthy")).toMatchObject({ status: 200 });
		const { status, body } = await ask("/-/ready");
		expect([status, body.toString()]).toEqual([200, "lbscope is ready.\n"]);
		expect((await ask("/nowhere")).status).toBe(404);
	});
});
