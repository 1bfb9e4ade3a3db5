/** Files in the format of Prometheus' exporters: what is taken, and what the user sees of what is not. */
import { describe, expect, test } from "vitest";
import { parseWebFile } from "../../src/config/web-file.ts";

const HASH = "$2y$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu";

function problemsOf(...lines: string[]): string[] {
	const file = parseWebFile(lines.join("\n"), "web.yml");
	return "problems" in file ? file.problems.split("\n") : [];
}

describe("a file of node_exporter", () => {
	test("gives TLS, headers and users; paths are relative to it", () => {
		const file = parseWebFile(
			`tls_server_config:
  cert_file: node.crt
  key_file: /keys/node.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: "../ca.crt"
  client_allowed_sans: [prometheus]
  min_version: TLS13
http_server_config:
  http2: true
  headers: { X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=60, X-XSS-Protection: "" }
basic_auth_users:
  alice: ${HASH}
  7: ${HASH}
rate_limit: { interval: 10ms, burst: 20 }
`,
			"/etc/node_exporter/web.yml",
		);
		expect(file).toEqual({
			tls: {
				cert: { file: "/etc/node_exporter/node.crt" },
				key: { file: "/keys/node.key" },
				clientCa: { file: "/etc/ca.crt" },
				clientAuth: "RequireAndVerifyClientCert",
				clientAllowedSans: ["prometheus"],
				minVersion: "TLSv1.3",
				maxVersion: "TLSv1.3",
				ciphers: undefined,
				prefersOwnCiphers: true,
				curves: undefined,
			},
			headers: { "X-Frame-Options": "sameorigin", "Strict-Transport-Security": "max-age=60" },
			users: new Map([
				["7", HASH],
				["alice", HASH],
			]),
			rateLimit: { intervalMs: 10, burst: 20 },
		});
	});

	test("may be empty, and its sections may", () => {
		const nothing = { tls: undefined, headers: {}, users: new Map(), rateLimit: undefined };
		expect(parseWebFile("", "web.yml")).toEqual(nothing);
		const empty = "tls_server_config:\nhttp_server_config: {}\nbasic_auth_users:\nrate_limit: {}\n";
		expect(parseWebFile(empty, "web.yml")).toEqual(nothing);
	});

	test("may hold PEM itself, and names of Go", () => {
		const file = parseWebFile(
			`tls_server_config:
  cert: |
    CERT
  key: |
    KEY
  client_ca_file:
  client_auth_type: ""
  cipher_suites: [TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519, CurveP521]
`,
			"web.yml",
		);
		expect(file).toMatchObject({
			tls: {
				cert: { text: "CERT\n" },
				key: { text: "KEY\n" },
				clientCa: undefined,
				ciphers: ["ECDHE-RSA-CHACHA20-POLY1305", "TLS_AES_128_GCM_SHA256"],
				curves: ["X25519", "P-521"],
			},
		});
	});
});

describe("a mistake is shown with its place", () => {
	test("an unknown key, with the one that may be meant", () => {
		expect(problemsOf("tls_server_config:", "  cert_fil: a", "  cert_file: b", "  key_file: c")).toEqual([
			'web.yml:2:3: unknown key "cert_fil", did you mean "cert_file"?',
		]);
		expect(problemsOf("web: 1")).toEqual([
			'web.yml:1:1: unknown key "web", expected one of tls_server_config, http_server_config, basic_auth_users, rate_limit',
		]);
	});

	test("TLS with a half of a key pair, or none, which must not become plain HTTP", () => {
		expect(problemsOf("tls_server_config:", "  cert_file: a")).toEqual([
			"web.yml:2:3: key_file is missing, expected the path of a PEM file, or the PEM itself as key",
		]);
		expect(problemsOf("tls_server_config:", "  min_version: TLS12")).toHaveLength(2);
	});

	test("what leaves out whom to ask for a certificate", () => {
		const pair = ["tls_server_config:", "  cert_file: a", "  key_file: b"];
		expect(problemsOf(...pair, "  client_ca_file: c")).toEqual([
			"web.yml:2:3: client_auth_type is missing, expected RequireAndVerifyClientCert beside a client CA",
		]);
		expect(problemsOf(...pair, "  client_allowed_sans: [x]")).toEqual([
			"web.yml:4:24: client_allowed_sans needs a certificate of every client, expected client_auth_type to be RequireAndVerifyClientCert beside it",
		]);
	});

	test.each([
		["min_version: TLS9", "min_version is TLS9, expected TLS10, TLS11, TLS12 or TLS13"],
		[
			"curve_preferences: [P256]",
			"curve_preferences[0] is P256, expected X25519, CurveP256, CurveP384 or CurveP521",
		],
		["prefer_server_cipher_suites: yes", "prefer_server_cipher_suites is yes, expected true or false"],
	])("%s", (line, message) => {
		const [problem] = problemsOf("tls_server_config:", "  cert_file: a", "  key_file: b", `  ${line}`);
		expect(problem).toMatch(/^web\.yml:4:\d+: /);
		expect(problem).toContain(message);
	});

	test("a header that the exporters do not know", () => {
		expect(problemsOf("http_server_config: { headers: { Server: x } }")[0]).toContain(
			'web.yml:1:34: unknown key "Server"',
		);
	});
});

describe("a password is never shown", () => {
	test.each([
		["basic_auth_users:", "  bob: hunter2"],
		["basic_auth_users: bob:hunter2"],
		["basic_auth_users: [hunter2]"],
		["basic_auth_users:", "  bob: hunter2", "  bob: hunter2", "  eve"],
		["basic_auth_users:", "  bob: 'hunter2", "foo: 1"],
	])("in what is said of %s %s", (...lines) => {
		const problems = problemsOf(...lines).join("\n");
		expect(problems).toMatch(/^web\.yml:\d/);
		expect(problems).not.toContain("hunter2");
	});

	test("and its user and place are", () => {
		expect(problemsOf("basic_auth_users:", "  bob: hunter2")).toEqual([
			"web.yml:2:8: the password of bob is something else, expected a bcrypt hash of cost 4 to 20, as htpasswd -nBC 10 makes it",
		]);
	});
});
