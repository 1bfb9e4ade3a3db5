import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startTraffic } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { type Exporter, freePort, startExporter } from "../exporter.ts";
import { labConfig, runLbscope, startLbscope, withFiles } from "./program.ts";
import { programsOnAll } from "./programs-on.ts";

/** The bound of the issue. */
const STOP_MS = 5000;

describeAsRoot("the end of lbscope run", 30_000, () => {
	const lab = withLab({ prefix: "opstop" });
	const file = withFiles();

	function expectAttached(): Promise<void> {
		const programs = lab().interfaces.flatMap(({ name }) => [`${name}: tcx ingress`, `${name}: tcx egress`]);
		return expect(programsOnAll(lab())).resolves.toEqual(programs);
	}

	/** A reader that asked for a page and takes nothing of it. */
	async function openSlowScrape({ url }: Exporter) {
		const socket = connect(Number(new URL(url).port), "127.0.0.1");
		await once(socket, "connect");
		socket.pause();
		socket.write("GET /metrics HTTP/1.1\r\nHost: lab\r\n\r\n");
		socket.on("error", () => {});
		return socket;
	}

	test.each(["SIGTERM", "SIGINT"] as const)("after %s, amid traffic and a slow scrape", async (signal) => {
		const exporter = await startExporter(lab());
		await expectAttached();
		const traffic = startTraffic(lab(), { service: lab().service("web"), count: 2000, rate: 200 });
		const scrape = await openSlowScrape(exporter);
		const unfinished = connect(Number(new URL(exporter.url).port), "127.0.0.1");
		await exporter.pageWhere((page) => page.value("total_requests") > 50);
		const begun = performance.now();
		process.kill(exporter.pid, signal);
		await sleep(20);
		// A second signal does not cut it short.
		const code = await exporter.stop();
		expect(performance.now() - begun).toBeLessThan(STOP_MS);
		expect(code).toBe(0);
		expect(exporter.log().trimEnd().split("\n").at(-1)).toMatch(/event=stopped$/);
		expect(await programsOnAll(lab())).toEqual([]);
		scrape.destroy();
		unfinished.destroy();
		await traffic.stop();
		await expectFree(exporter.url);
	});

	test("after SIGTERM before it was ready", async () => {
		const config = await file("config.yaml", labConfig(lab(), { listen: `127.0.0.1:${await freePort()}` }));
		const starting = startLbscope(lab(), ["run", "--config", config], {
			under: ["sh", "-c", 'exec "$@" 2>&1', "sh"],
		});
		await starting.waitFor("event=starting");
		const begun = performance.now();
		const { code } = await starting.stop();
		expect(performance.now() - begun).toBeLessThan(STOP_MS);
		expect(code).toBe(0);
		expect(await programsOnAll(lab())).toEqual([]);
	});

	test("by SIGKILL, after which nothing is attached and the next one starts", async () => {
		const exporter = await startExporter(lab());
		await expectAttached();
		process.kill(exporter.pid, "SIGKILL");
		await exporter.stop();
		expect(await programsOnAll(lab())).toEqual([]);
		const next = await startExporter(lab());
		await expectAttached();
		expect(await next.stop()).toBe(0);
	});

	test("at once when the port is in use, with nothing of its own attached", async () => {
		const exporter = await startExporter(lab());
		const address = new URL(exporter.url).host;
		const config = await file("config.yaml", labConfig(lab(), { listen: address }));
		const { code, stderr } = await runLbscope(lab(), ["run", "--config", config]);
		expect(stderr).toContain(
			`\nlbscope: Cannot listen on ${address}: the address is in use, expected a free one\n`,
		);
		expect(stderr).not.toContain("event=attached");
		expect(code).toBe(1);
		await expectAttached();
		await exporter.stop();
	});
});

/** Refused: nobody listens there any more. */
async function expectFree(url: string): Promise<void> {
	const socket = connect(Number(new URL(url).port), "127.0.0.1");
	const [error] = await once(socket, "error");
	expect(error.code).toBe("ECONNREFUSED");
}
