/** The server on a free port of the loopback, with real HTTP; it is closed after the test. */
import { once } from "node:events";
import { type Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { afterEach } from "vitest";
import { OPEN_DOOR } from "../../src/web/door.ts";
import { landingPage } from "../../src/web/landing.ts";
import { createPage, fixedBody } from "../../src/web/page.ts";
import type { Page } from "../../src/web/scrape.ts";
import { createServer, type RunningServer, type Served } from "../../src/web/server.ts";

export const METRICS = "# TYPE total_requests counter\ntotal_requests 1\n";
const running: RunningServer[] = [];
afterEach(async () => {
	await Promise.all(running.splice(0).map((server) => server.close()));
});

export function pageOf(...pieces: readonly (string | Buffer)[]): Page {
	return createPage([fixedBody(pieces.map((piece) => Buffer.from(piece)))]);
}

/** `paths`: of the page, besides its own. */
export function createTestServer(more: Partial<Served> = {}, paths?: readonly string[]): RunningServer {
	return createServer(servedWith(more), OPEN_DOOR, paths);
}

function servedWith(more: Partial<Served>): Served {
	const page = pageOf(METRICS);
	return {
		page: () => page,
		systemMetrics: async () => "process_open_fds 20\n",
		scraped: () => {},
		refused: () => {},
		notReady: () => undefined,
		reload: () => undefined,
		landing: landingPage("0.1.0"),
		...more,
	};
}

export async function start(
	more: Partial<Served> = {},
	paths?: readonly string[],
): Promise<{ server: RunningServer; port: number }> {
	const server = createTestServer(more, paths);
	running.push(server);
	const { port } = await server.listen("127.0.0.1", 0);
	return { server, port };
}

interface Answer {
	readonly status: number | undefined;
	readonly headers: IncomingMessage["headers"];
	readonly body: Buffer;
}

interface Ask {
	readonly method?: string;
	readonly headers?: Record<string, string>;
	readonly agent?: Agent;
}

export async function ask(
	port: number,
	path: string,
	{ method = "GET", headers = {}, agent }: Ask = {},
): Promise<Answer> {
	const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: agent ?? false });
	asked.end();
	const [answer] = (await once(asked, "response")) as [IncomingMessage];
	const chunks: Buffer[] = [];
	for await (const chunk of answer) chunks.push(chunk);
	return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
}

/** Sends bytes as they are, and gives what comes back until the server closes. */
export async function askRaw(port: number, bytes: string): Promise<string> {
	const socket = connect(port, "127.0.0.1");
	socket.write(bytes);
	return textOf(socket);
}

/** A big page whose reader takes nothing, so that the scrape keeps running. */
export function bigPage(): Page {
	return pageOf(...Array.from({ length: 64 }, (_, i) => Buffer.alloc(512 * 1024, 65 + (i % 26))));
}

/** Counts the pieces that are held. */
export function countHolds({ plain }: Page): { readonly page: Page; readonly held: () => number } {
	let held = 0;
	const hold = () =>
		plain.hold().map(({ bytes }) => {
			held++;
			return { bytes, release: () => void held-- };
		});
	return { page: createPage([{ byteLength: plain.byteLength, hold }]), held: () => held };
}

export async function stalledScrape(port: number): Promise<Socket> {
	const socket = connect(port, "127.0.0.1");
	socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	await once(socket, "readable");
	return socket;
}
