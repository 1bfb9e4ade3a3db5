/** Who is let in, through real HTTP. Passwords are hashed by crypt(3), not by the library that compares them. */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PATHS } from "./attacks.ts";
import { curl } from "./curl.ts";
import { type OpenServer, type OpenServerOptions, openServer } from "./open-server.ts";
import { withFolder } from "./with-folder.ts";

const USERS = {
	prometheus: "$2y$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu",
	alice: "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
	"": "$2a$04$abcdefghijklmnopqrstuuBFGp.gmStz43J29CiCp2SV8Kbb5CVQa",
};
const RIGHT = "prometheus:correct horse";
const TOKENS = ["2a8f4c61d0b94e5f8a7d", "another.token_with~all-of+it/=="];

vi.setConfig({ testTimeout: 30_000 });

const folder = withFolder();
const webConfig = join(folder, "web.yml");
const tokens = join(folder, "tokens");
const log: string[] = [];
let server: OpenServer;

beforeEach(() => {
	log.length = 0;
	writeFileSync(webConfig, JSON.stringify({ basic_auth_users: USERS }));
	writeFileSync(tokens, `# of the two Prometheus\n${TOKENS.join("\n\n")}\n`);
});
afterEach(() => server.close());

async function start(files: Omit<OpenServerOptions, "log"> = { webConfig, tokens }): Promise<void> {
	server = await openServer({ ...files, log: (line) => log.push(line) });
}

const ask = (path: string, ...args: string[]) => curl(...args, `http://127.0.0.1:${server.port}${path}`);
const statusOf = async (...args: string[]) => (await ask("/metrics", ...args)).status;
const bearer = (token: string) => ["--header", `Authorization: Bearer ${token}`];

describe("with users and tokens", () => {
	test("a right password lets in, again and again, and no other", async () => {
		await start();
		expect(await statusOf("--user", RIGHT)).toBe(200);
		expect(await statusOf("--user", RIGHT)).toBe(200);
		expect(await statusOf("--user", "alice:correct horse")).toBe(200);
		expect(await statusOf("--user", ":pässwörd:with:colons")).toBe(200);
		for (const wrong of [
			"prometheus:correct hors",
			"prometheus:",
			"bob:correct horse",
			"alice:Correct horse",
			`prometheus:${USERS.prometheus}`,
		])
			expect([wrong, await statusOf("--user", wrong)]).toEqual([wrong, 401]);
	});

	test("further paths of the page ask for them as well", async () => {
		await start({ webConfig, tokens, paths: ["/netlox/v1/metrics"] });
		expect((await ask("/netlox/v1/metrics")).status).toBe(401);
		expect((await ask("/netlox/v1/metrics", ...bearer(TOKENS[0] as string))).status).toBe(200);
	});

	test("each token lets in, whole, and no other", async () => {
		await start();
		for (const token of TOKENS) expect(await statusOf(...bearer(token))).toBe(200);
		for (const wrong of [TOKENS[0]?.slice(1) ?? "", `${TOKENS[0]}0`, TOKENS.join(","), "#", "of"])
			expect([wrong, await statusOf(...bearer(wrong))]).toEqual([wrong, 401]);
	});

	test("what no header can be read from is 401, with what is expected", async () => {
		await start();
		const { status, text } = await ask("/metrics");
		expect(status).toBe(401);
		expect(text).toMatch(/^WWW-Authenticate: Basic realm="lbscope"\r$/m);
		expect(text).toMatch(/^WWW-Authenticate: Bearer realm="lbscope"\r$/m);
		for (const header of [
			"Basic",
			"Basic !!!",
			"Basic cHJvbWV0aGV1cw==",
			"Digest x",
			"Bearer",
			"Bearer a b",
			"",
		])
			expect(await statusOf("--header", `Authorization: ${header}`)).toBe(401);
	});

	test("only the two that a kubelet asks are open", async () => {
		await start();
		for (const path of ["/-/healthy", "/-/ready"]) expect((await ask(path)).status).toBe(200);
		for (const path of [
			"/",
			"/metrics",
			"/system/metrics",
			"/-/reload",
			"/nowhere",
			"/-/HEALTHY",
			"/-/ready/",
		])
			expect([path, (await ask(path)).status]).toEqual([path, 401]);
		for (const method of ["POST", "OPTIONS", "PUT", "TRACE"])
			expect((await ask("/metrics", "--request", method)).status).toBe(401);
	});

	test("no spelling of a path shows the page", async () => {
		await start();
		for (const path of PATHS) {
			const socket = connect(server.port, "127.0.0.1");
			socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
			const answer = await textOf(socket);
			expect([path, answer]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 (200|400|401|404|431) /)]);
			expect(answer).not.toContain("total_requests");
		}
	});

	test("the answer to nobody is as long as to somebody whose password is wrong", async () => {
		await start();
		const bodies = await Promise.all(
			["bob:x", "prometheus:x"].map(async (user) => (await ask("/metrics", "--user", user)).body),
		);
		expect(new Set(bodies).size).toBe(1);
	});

	test("waits for four passwords of a client at most, and for known ones never", async () => {
		await start();
		expect(await statusOf("--user", RIGHT)).toBe(200);
		const wrong = Promise.all(
			Array.from({ length: 12 }, (_, i) => ask("/metrics", "--user", `prometheus:${i}`)),
		);
		const known = await Promise.all(Array.from({ length: 4 }, () => statusOf("--user", RIGHT)));
		expect(known).toEqual([200, 200, 200, 200]);
		const statuses = (await wrong).map(({ status }) => status);
		expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(4);
		expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
	});
});

describe("a secret in the URL", () => {
	const paths = [
		`/metrics?token=${TOKENS[0]}`,
		"/metrics?a=b&ACCESS_TOKEN=x",
		"/metrics?%74oken=x",
		"/-/healthy?password=x",
		"/metrics?a=b;api_key=x",
	];

	test.each(paths)("is refused with a hint, and not logged: %s", async (path) => {
		await start();
		const { status, body } = await ask(path, ...bearer(TOKENS[0] ?? ""));
		expect([status, body]).toEqual([
			400,
			expect.stringContaining("Expected a header: Authorization: Bearer"),
		]);
		expect(log.join("")).not.toContain(TOKENS[0]);
	});

	test("is refused in front of a host, too", async () => {
		await start();
		const socket = connect(server.port, "127.0.0.1");
		socket.write("GET http://user:secret@x/metrics HTTP/1.1\r\nHost: x\r\n\r\n");
		expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 400 /);
	});

	test("is none in other parameters", async () => {
		await start();
		expect((await ask("/metrics?collect[]=cpu&name=x", ...bearer(TOKENS[0] ?? ""))).status).toBe(200);
	});
});

describe("files that change", () => {
	const until = (status: number, ...args: string[]) =>
		expect.poll(() => statusOf(...args), { timeout: 10_000 }).toBe(status);

	test("take a password away that was known, and give another", async () => {
		await start();
		expect(await statusOf("--user", RIGHT)).toBe(200);
		writeFileSync(webConfig, JSON.stringify({ basic_auth_users: { alice: USERS.alice } }));
		await until(401, "--user", RIGHT);
		expect(await statusOf("--user", "alice:correct horse")).toBe(200);
	});

	test("change a token while the other holds", async () => {
		await start();
		writeFileSync(tokens, `${TOKENS[1]}\n3333333333333333\n`);
		await until(200, ...bearer("3333333333333333"));
		expect(await statusOf(...bearer(TOKENS[0] ?? ""))).toBe(401);
		expect(await statusOf(...bearer(TOKENS[1] ?? ""))).toBe(200);
	});

	test("with a mistake leave everything as it was, and say so without the secret", async () => {
		await start();
		writeFileSync(webConfig, "basic_auth_users:\n  prometheus: hunter2\n");
		writeFileSync(tokens, "hunter2 and\n");
		await expect
			.poll(() => log.join(""), { timeout: 10_000 })
			.toContain("web.yml:2:15: the password of prometheus");
		expect(await statusOf("--user", RIGHT)).toBe(200);
		expect(await statusOf(...bearer(TOKENS[0] ?? ""))).toBe(200);
		expect(log.join("")).not.toContain("hunter2");
		const { body } = await ask("/system/metrics", "--user", RIGHT);
		expect(body).toContain("\nlbscope_web_config_last_reload_successful 0\n");
	});
});

describe("other parts of the file", () => {
	test("its headers stand in every answer, in front of ours", async () => {
		const headers = { "X-Frame-Options": "sameorigin", "Strict-Transport-Security": "max-age=60" };
		writeFileSync(webConfig, JSON.stringify({ http_server_config: { headers } }));
		await start({ webConfig });
		for (const path of ["/", "/metrics", "/nowhere", "/-/healthy"]) {
			const { text } = await ask(path);
			expect(text).toMatch(/^X-Frame-Options: sameorigin\r$/m);
			expect(text).toMatch(/^Strict-Transport-Security: max-age=60\r$/m);
			expect(text).toMatch(/^Content-Security-Policy: default-src 'none'/m);
		}
	});

	test("its rate limit answers what is too much with 429", async () => {
		writeFileSync(webConfig, JSON.stringify({ rate_limit: { interval: "1h", burst: 2 } }));
		await start({ webConfig });
		const answers = [
			await ask("/metrics"),
			await ask("/metrics"),
			await ask("/metrics"),
			await ask("/-/healthy"),
		];
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
		expect(answers[2]?.text).toMatch(/^Retry-After: 1\r$/m);
	});
});

describe("a tokens file", () => {
	test.each([
		["", "has no token, expected one per line"],
		["# nothing\n", "has no token, expected one per line"],
		["0123456789abcdef\nshort\n", ":2: the line has 5 characters, expected a token of at least 16"],
		["two words of secret\n", ":1: the line is no token, expected letters, digits and -._~+/ only"],
	])("%j is refused", async (text, message) => {
		await start({});
		writeFileSync(tokens, text);
		const opened = openServer({ tokens, log: () => {} });
		await expect(opened).rejects.toThrow(message);
		await expect(opened).rejects.not.toThrow("secret");
	});
});
