/** The server with files of its own and a page of any size. Everything but what counts is real. */
import { openConfiguredDoor, watchDoor } from "../../src/commands/open-door.ts";
import { createLog } from "../../src/log.ts";
import { createSelfMetrics } from "../../src/self/self-metrics.ts";
import { landingPage } from "../../src/web/landing.ts";
import { createPage, fixedBody } from "../../src/web/page.ts";
import { createServer } from "../../src/web/server.ts";

export interface OpenServerOptions {
	readonly webConfig?: string | undefined;
	readonly tokens?: string | undefined;
	readonly paths?: readonly string[];
	readonly pageMegabytes?: number;
	readonly log: (line: string) => void;
}

export interface OpenServer {
	readonly port: number;
	close(): Promise<void>;
}

export async function openServer(options: OpenServerOptions): Promise<OpenServer> {
	const page = makePage(options.pageMegabytes ?? 0);
	const self = createSelfMetrics({ pollIntervalMs: 10_000 });
	const door = openConfiguredDoor({ configFile: options.webConfig, bearerTokensFile: options.tokens });
	const server = createServer(
		{
			page: () => page,
			systemMetrics: () => self.text(),
			scraped: (scrape) => self.scraped(scrape),
			notReady: () => undefined,
			reload: () => undefined,
			landing: landingPage("0.0.0"),
			refused: (reason) => self.refused(reason),
		},
		door.first,
		options.paths,
	);
	const { port } = await server.listen("127.0.0.1", 0);
	watchDoor(
		door,
		server,
		self,
		createLog("info", (line) => void options.log(line)),
	);
	return {
		port,
		async close() {
			door.stop();
			await server.close();
		},
	};
}

const LINE = "lbscope_test_series 1234567890\n";
const PIECE_BYTES = 256 * 1024;

function makePage(megabytes: number) {
	const head = Buffer.from("# TYPE total_requests counter\ntotal_requests 1\n");
	const piece = LINE.repeat(Math.floor(PIECE_BYTES / LINE.length));
	const pieces = Array.from({ length: megabytes * 4 }, () => Buffer.from(piece));
	return createPage([fixedBody([head, ...pieces])]);
}
