/** Reloads that cannot be, or are not allowed: nothing of them is applied. */

import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { servicesOn } from "../discovery/balancer.ts";
import { type Exporter, freePort, startExporter } from "../exporter.ts";
import { programsOnAll } from "../operation/programs-on.ts";
import { hangup, outcomes, post, rewrite } from "./reloads.ts";

describeAsRoot("a reload", 60_000, () => {
	const lab = withLab({ prefix: "rrefuse" });
	const pins = withBpffs();
	const START = { poll: { interval: "100ms" }, reload: { watch: false } };
	const web = () => {
		const { label, ...service } = lab().service("web");
		return [{ name: label, ...service }];
	};

	/** Everything that could have been applied of a refused one. */
	async function expectUnchanged(exporter: Exporter): Promise<void> {
		const page = await exporter.nextPage();
		expect(page.value("lbscope_config_last_reload_successful")).toBe(0);
		expect(servicesOn(page)).toHaveLength(lab().services.length);
		expect(page.value("firewall_rules_count")).toBe(0);
		expect(page.series("lbscope_interface_attached").map(({ value }) => value)).toEqual(
			lab().interfaces.map(() => 1),
		);
		expect(await programsOnAll(lab())).toHaveLength(2 * lab().interfaces.length);
	}

	test("by HTTP is refused unless it is enabled, and is by POST only", async () => {
		const exporter = await startExporter(lab(), START);
		const answer = await post(exporter.url);
		expect([answer.status, await answer.text()]).toEqual([403, "Not enabled: reload.http is false.\n"]);
		expect(outcomes(exporter)).toEqual([]);
		const get = await post(exporter.url, "GET");
		expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
		await rewrite(lab(), exporter, { ...START, reload: { watch: false, http: true } }, { services: web() });
		expect(await hangup(exporter)).toContain('by=SIGHUP changed="services,reload"');
		expect((await post(exporter.url)).status).toBe(200);
		await rewrite(
			lab(),
			exporter,
			{ ...START, reload: { watch: false, http: true } },
			{ services: [{ vip: "secret" }] },
		);
		const failed = await post(exporter.url);
		expect(failed.status).toBe(500);
		expect(await failed.text()).not.toContain("secret");
		await exporter.stop();
	});

	test("that changes pins, that has no room for names, or that cannot listen is refused whole", async () => {
		const path = pins();
		const start = { ...START, pins: { path } };
		const exporter = await startExporter(lab(), start);
		const sets = readdirSync(path);
		const taken = createServer().listen(0, "127.0.0.1");
		await once(taken, "listening");
		const { port } = taken.address() as { port: number };
		const half = {
			firewall: { rules: [{ name: "web", action: "count", protocol: "tcp" }] },
			services: web(),
		};
		const refusals = [
			[{ pins: { path: pins() } }, "Cannot change pins while lbscope runs: that needs a restart"],
			[{ metrics: { names: ["loxilb"] } }, "Cannot change metrics while lbscope runs: that needs a restart"],
			[{ limits: { services: 3 } }, "Cannot make map slots with 3 rows: more are in use"],
			[{ listen: `127.0.0.1:${port}` }, `Cannot listen on 127.0.0.1:${port}: the address is in use`],
			[{ interfaces: [{ name: "lo", netns: "/etc/hostname" }] }, "it is no network namespace"],
		] as const;
		for (const [wrong, reason] of refusals) {
			await rewrite(lab(), exporter, start, { ...half, ...wrong });
			expect(await hangup(exporter)).toContain(reason);
			await expectUnchanged(exporter);
			expect(readdirSync(path)).toEqual(sets);
		}
		taken.close();
		await converse(lab(), { service: lab().service("web"), count: 3 });
		expect((await exporter.nextPage()).value("total_requests")).toBe(3);
		await rewrite(lab(), exporter, start, half);
		expect(await hangup(exporter)).toContain('changed="services,firewall"');
		expect(await exporter.stop()).toBe(0);
	});

	test("moves to another address, and leaves the one before", async () => {
		const exporter = await startExporter(lab(), START);
		const before = (await exporter.nextPage()).value("lbscope_polls_total");
		const listen = `127.0.0.1:${await freePort()}`;
		await rewrite(lab(), exporter, START, { listen });
		expect(await hangup(exporter)).toContain("changed=listen");
		const text = await (await fetch(`http://${listen}/metrics`)).text();
		expect(Number(/^lbscope_polls_total (\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(before);
		await expect(fetch(`${exporter.url}/metrics`)).rejects.toThrow();
		await exporter.stop();
	});
});
