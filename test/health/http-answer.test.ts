import { describe, expect, it } from "vitest";
import { judgeAnswer, MOST_BYTES, requestOf } from "../../src/health/http-answer.ts";

const WELL = [{ first: 200, last: 299 }];
const OK = { failure: undefined };

/** What has come; the judgement while more may come. */
const CASES: readonly (readonly [string, string, ReturnType<typeof judgeAnswer>])[] = [
	["a status line", "HTTP/1.1 200 OK\r\n", OK],
	["one without a reason", "HTTP/1.0 204\r\n", OK],
	["one that ends in LF alone", "HTTP/1.1 200 OK\nServer: old\n", OK],
	["another status", "HTTP/1.1 503 Service Unavailable\r\n", { failure: "status 503, expected 200-299" }],
	["an interim answer", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n", OK],
	["half an interim answer", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n", undefined],
	["an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n", undefined],
	[
		"another protocol from now on",
		"HTTP/1.1 101 Switching\r\n\r\n",
		{ failure: "status 101, expected 200-299" },
	],
	["nothing yet", "", undefined],
	["its first letters", "HTT", undefined],
	["half a status line", "HTTP/1.1 20", undefined],
	["another protocol", "SSH-2.0-OpenSSH\r\n", { failure: "no HTTP answer" }],
	["a line that only begins well", "HTTP/1.1 200OK\r\n", { failure: "no HTTP answer" }],
	["HTTP/2 without being asked", "HTTP/2 200\r\n", { failure: "no HTTP answer" }],
	["no number", "HTTP/1.1 OK\r\n", { failure: "no HTTP answer" }],
	["a status that does not exist", "HTTP/1.1 999 ?\r\n", { failure: "no HTTP answer" }],
];

describe("an answer", () => {
	it.each(CASES)("that is %s", (_, text, judgement) => {
		expect(judgeAnswer(text, WELL, false)).toEqual(judgement);
	});

	it("that never comes to its status is given up", () => {
		const endless = `HTTP/1.1 200 ${"O".repeat(MOST_BYTES)}`;
		expect(judgeAnswer(endless, WELL, false)).toEqual({
			failure: `no status in the first ${MOST_BYTES} bytes`,
		});
		const interims = "HTTP/1.1 100 Continue\r\n\r\n".repeat(MOST_BYTES / 25 + 1);
		expect(judgeAnswer(interims, WELL, false)).toEqual({
			failure: `no status in the first ${MOST_BYTES} bytes`,
		});
	});

	it("that ends too early is none", () => {
		expect(judgeAnswer("HTTP/1.1 20", WELL, true)).toEqual({
			failure: "connection closed before the answer",
		});
		expect(judgeAnswer("", WELL, true)).toEqual({ failure: "connection closed before the answer" });
	});

	it("is well with any of the statuses that are", () => {
		const statuses = [
			{ first: 200, last: 204 },
			{ first: 401, last: 401 },
		];
		expect(judgeAnswer("HTTP/1.1 401 No\r\n", statuses, false)).toEqual(OK);
		expect(judgeAnswer("HTTP/1.1 404 No\r\n", statuses, false)).toEqual({
			failure: "status 404, expected 200-204, 401",
		});
	});
});

describe("a request", () => {
	const probe = { type: "http", path: "/up?full=1", status: WELL } as const;

	it("asks for the path and for no second one", () => {
		const text = requestOf({ ...probe, host: "shop.example" }, { address: "10.0.0.1", port: 80 }).toString();
		expect(text.split("\r\n")).toEqual([
			"GET /up?full=1 HTTP/1.1",
			"Host: shop.example",
			"User-Agent: lbscope",
			"Accept: */*",
			"Connection: close",
			"",
			"",
		]);
	});

	it("names the endpoint when it has no host", () => {
		const text = requestOf({ ...probe, host: undefined }, { address: "fd00::1", port: 80 }).toString();
		expect(text).toContain("\r\nHost: [fd00::1]:80\r\n");
	});
});
