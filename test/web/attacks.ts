/** What somebody may do to the server who can reach its port: on the loopback, and bounded. */
import { setMaxListeners } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Target {
	readonly port: number;
	/** The address of the attacker, on the loopback. */
	readonly from: string;
	/** What a header needs to be let in. */
	readonly authorization: string;
}

export interface Attack {
	readonly name: string;
	readonly tls?: true;
	/** Of the page; a small one unless told. */
	readonly pageMegabytes?: number;
	/** Has an end of its own. */
	readonly isBounded?: true;
	/** All that may come back. */
	readonly mayAnswer?: RegExp;
	/** Goes on until `stop` is aborted, or all is sent. Gives the status lines that came back, each with how often. */
	run(target: Target, stop: AbortSignal): Promise<Map<string, number>>;
}

interface Places {
	readonly places: number;
	/** One connection after another in each place. */
	readonly rounds: number;
	readonly pauseMs: number;
}

async function keepOpen(
	{ port, from }: Target,
	stop: AbortSignal,
	{ places, rounds, pauseMs }: Places,
	use: (socket: Socket, place: number) => void,
): Promise<Map<string, number>> {
	const answers = new Map<string, number>();
	setMaxListeners(0, stop);
	const one = async (place: number) => {
		for (let round = 0; round < rounds && !stop.aborted; round++) {
			await new Promise<void>((closed) => {
				const socket = connect({ port, host: "127.0.0.1", localAddress: from });
				const cut = () => socket.destroy();
				stop.addEventListener("abort", cut);
				socket.once("data", (bytes: Buffer) => {
					const [line = ""] = bytes.toString("latin1").split("\r\n");
					answers.set(line, (answers.get(line) ?? 0) + 1);
				});
				socket.on("error", () => {});
				socket.once("close", () => {
					stop.removeEventListener("abort", cut);
					closed();
				});
				socket.once("connect", () => use(socket, place));
			});
			await sleep(pauseMs);
		}
	};
	await Promise.all(Array.from({ length: places }, (_, place) => one(place)));
	return answers;
}

/** Sends bytes, and what more() gives every half second, for as long as there is a reader. */
function drip(socket: Socket, first: string, more: string): void {
	socket.write(first);
	const timer = setInterval(() => socket.write(more), 500);
	socket.once("close", () => clearInterval(timer));
}

/** The same at each run (xorshift32). */
function randomBytes(length: number, seed: number): Buffer {
	let state = seed * 2_654_435_761 + 1;
	return Buffer.from(
		Array.from({ length }, () => {
			state ^= state << 13;
			state ^= state >>> 17;
			state ^= state << 5;
			return state & 0xff;
		}),
	);
}

const request = ({ authorization }: Target, path: string, more = "") =>
	`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n${more}\r\n`;

const slowHeaders: Attack = {
	name: "1,000 connections with slow headers",
	run: (target, stop) =>
		keepOpen(target, stop, { places: 1_000, rounds: 5, pauseMs: 2_000 }, (socket) =>
			drip(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\n", "X: y\r\n"),
		),
};

const stalledReaders: Attack = {
	name: "200 readers who take nothing of 100 MB",
	pageMegabytes: 100,
	run: (target, stop) =>
		keepOpen(target, stop, { places: 200, rounds: 20, pauseMs: 100 }, (socket) => {
			socket.write(request(target, "/metrics"));
			socket.pause();
		}),
};

const garbage: Attack = {
	name: "200 connections with random bytes",
	mayAnswer: /^HTTP\/1.1 400 /,
	isBounded: true,
	run: (target, stop) =>
		keepOpen(target, stop, { places: 200, rounds: 5, pauseMs: 100 }, (socket, place) =>
			socket.end(randomBytes(16_384, place)),
		),
};

const giantHeaders: Attack = {
	name: "200 connections with headers of 1 MB",
	mayAnswer: /^HTTP\/1.1 431 /,
	isBounded: true,
	run: (target, stop) =>
		keepOpen(target, stop, { places: 200, rounds: 3, pauseMs: 100 }, (socket) => {
			socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n");
			for (let i = 0; i < 16; i++) socket.write(`X-${i}: ${"x".repeat(65_536)}\r\n`);
			socket.end("\r\n");
		}),
};

const ENCODINGS = [
	"gzip;q=".repeat(500),
	",".repeat(7_000),
	"gzip;q=1e999, gzip;q=-1, gzip;q=NaN",
	`${"a".repeat(7_000)};q=0`,
	"*;q=0.5;q=0.5;;;;, ;;q,gzip",
	'gzip;"x', // a quote without an end
	`${"gzip ".repeat(1_000)}`,
	"\x80\xff\xfe",
	"\x01\x02",
];

const badEncodings: Attack = {
	name: "1,000 requests with a broken Accept-Encoding",
	mayAnswer: /^HTTP\/1.1 (200|400) /,
	isBounded: true,
	run: (target, stop) =>
		keepOpen(target, stop, { places: 50, rounds: 20, pauseMs: 20 }, (socket, place) => {
			const encoding = ENCODINGS[place % ENCODINGS.length];
			const text = request(
				target,
				"/system/metrics",
				`Accept-Encoding: ${encoding}\r\nConnection: close\r\n`,
			);
			socket.end(Buffer.from(text, "latin1"));
		}),
};

/** Without credentials: none of them may show the page. */
export const PATHS = [
	...[
		"/metrics",
		"/METRICS",
		"/metrics/",
		"//metrics",
		"/./metrics",
		"/%6detrics",
		"/metrics%00",
		"/metrics;x",
	],
	...["/-/healthy/../metrics", "/-/healthy/../../metrics", "/-/healthy%2f..%2fmetrics", "/-/ready//metrics"],
	...["/-/healthy?/metrics", "/-/healthy#/metrics", "/\\metrics", "/..\\metrics", "/metrics?x=/-/healthy"],
	...[
		"http://127.0.0.1/metrics",
		"https://x/-/healthy/../metrics",
		"//x/metrics",
		"*",
		"metrics",
		"?/metrics",
	],
	...[
		"/%2e%2e/%2e%2e/etc/passwd",
		"/../../etc/passwd",
		"/%c0%ae%c0%ae/metrics",
		"/%",
		"/%zz",
		"/system/metrics",
	],
	...[
		"/constructor",
		"/__proto__",
		"/metrics/__proto__",
		`/${"a/".repeat(3_000)}`,
		`/${"%2e/".repeat(1_500)}`,
	],
];

const pathTricks: Attack = {
	name: "680 requests with path tricks",
	isBounded: true,
	run: (target, stop) =>
		keepOpen(target, stop, { places: PATHS.length, rounds: 20, pauseMs: 20 }, (socket, place) => {
			const path = PATHS[place] as string;
			socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
		}),
};

const wrongPasswords: Attack = {
	name: "10,000 wrong passwords",
	mayAnswer: /^HTTP\/1.1 (401|429) /,
	isBounded: true,
	run(target, stop) {
		let left = 10_000;
		const enough = new AbortController();
		const until = AbortSignal.any([stop, enough.signal]);
		// Some wait long for an answer: when the others have asked everything, these may go.
		return keepOpen(target, until, { places: 50, rounds: 1, pauseMs: 0 }, (socket) => {
			const ask = () => {
				if (left === 0) return enough.abort();
				const guess = Buffer.from(`prometheus:guess-${left--}`).toString("base64");
				socket.write(request({ ...target, authorization: `Basic ${guess}` }, "/metrics"));
			};
			socket.on("data", ask);
			ask();
		});
	},
};

/** The first bytes of a ClientHello: a record of 512 bytes of which no more comes. */
const HALF_HELLO = Buffer.from("16030102000100 01fc0303".replace(" ", ""), "hex");

const tlsGarbage: Attack = {
	name: "1,000 TLS handshakes of random bytes, or that stop halfway",
	tls: true,
	run: (target, stop) =>
		keepOpen(target, stop, { places: 1_000, rounds: 5, pauseMs: 2_000 }, (socket, place) => {
			if (place % 3 === 0) socket.write(HALF_HELLO);
			else if (place % 3 === 1) socket.write(Buffer.concat([HALF_HELLO, randomBytes(2_048, place)]));
		}),
};

export const ATTACKS: readonly Attack[] = [
	slowHeaders,
	stalledReaders,
	garbage,
	giantHeaders,
	badEncodings,
	pathTricks,
	wrongPasswords,
	tlsGarbage,
];
