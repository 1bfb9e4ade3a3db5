/** A real scrape, by curl, while the server is attacked from another address of the loopback. Figures: SECURITY.md. */
import { afterAll, describe, expect, test, vi } from "vitest";
import { ATTACKS, type Attack } from "../../web/attacks.ts";
import { curl } from "../../web/curl.ts";
import { withFolder } from "../../web/with-folder.ts";
import { type AttackedServer, startAttacked } from "./attacked-server.ts";

const MOST_GROWN_BYTES = 100 * 1024 * 1024;

vi.setConfig({ testTimeout: 60_000 });

/** Those of one kind share a server. */
const servers = new Map<string, Promise<AttackedServer>>();
const folder = withFolder();
afterAll(() => Promise.all([...servers.values()].map(async (started) => (await started).server.stop())));

function serverFor(attack: Attack): Promise<AttackedServer> {
	const kind = `${attack.tls} ${attack.pageMegabytes}`;
	const server = servers.get(kind) ?? startAttacked(folder, attack);
	servers.set(kind, server);
	return server;
}

describe("while somebody attacks with", () => {
	test.each(ATTACKS)("$name, scrapes succeed and memory stays", async (attack) => {
		const attacked = await serverFor(attack);
		const { statuses, duringAttack, grownBytes, answers } = await attacked.attack(attack, "127.0.0.66");
		expect(duringAttack[0]).toBe(true);
		expect(statuses).toEqual([200, 200, 200]);
		expect(grownBytes).toBeLessThan(MOST_GROWN_BYTES);
		expect(attacked.server.log()).not.toMatch(/Error|\n\s+at /);
		if (!attack.mayAnswer) return;
		expect([...answers.keys()].filter((line) => !attack.mayAnswer?.test(line))).toEqual([]);
		expect(answers.size).toBeGreaterThan(0);
	});

	/** By the tests above. */
	test("any of these, it is counted", async () => {
		const [attack] = ATTACKS.filter(({ name }) => name.includes("passwords"));
		if (!attack) throw new Error("no such attack");
		const { body } = await curl(...(await serverFor(attack)).curlArgs("/system/metrics"));
		const [, credentials] = /^lbscope_web_refused_total\{reason="credentials"\} (\d+)$/m.exec(body) ?? [];
		const [, busy] = /^lbscope_web_refused_total\{reason="busy"\} (\d+)$/m.exec(body) ?? [];
		const [, connection] = /^lbscope_web_refused_total\{reason="connection"\} (\d+)$/m.exec(body) ?? [];
		expect(Number(credentials) + Number(busy)).toBeGreaterThan(9_900);
		expect(Number(connection)).toBeGreaterThan(800);
	});
});
