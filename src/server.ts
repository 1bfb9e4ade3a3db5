/** Serves what it is handed over HTTP. A scrape is one write of a Buffer that all scrapers share. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import { createHttpServer, type RunningServer } from "./http-server.ts";

export interface Page {
	readonly text: Buffer;
	readonly gzip: Buffer;
}

export interface Served {
	/** Undefined until the first poll. */
	page(): Page | undefined;
	/** Why the numbers cannot be trusted now; undefined when they can. */
	notReady(): string | undefined;
	/** HTML of the page at /. */
	readonly landing: string;
}

/** Always 0.0.4, whatever Accept says: OpenMetrics would rename total_requests. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const NO_CONTENT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const MAX_SCRAPES = 40;

export function createServer(served: Served): RunningServer {
	return createHttpServer(createApp(served));
}

function createApp({ page, notReady, landing }: Served): Express {
	const app = express();
	app.disable("x-powered-by").set("etag", false).set("query parser", false);
	app.use((_, res, next) => {
		res.set("X-Content-Type-Options", "nosniff").set("Content-Security-Policy", NO_CONTENT);
		next();
	});
	const routes: Record<string, RequestHandler[]> = {
		"/": [(_, res) => void res.type("html").send(landing)],
		"/metrics": [limitScrapes(MAX_SCRAPES), servePage(page)],
		"/-/healthy": [(_, res) => sendText(res, 200, "lbscope is alive.")],
		"/-/ready": [
			(_, res) => {
				const reason = notReady();
				sendText(res, reason === undefined ? 200 : 503, reason ?? "lbscope is ready.");
			},
		],
	};
	for (const [path, answers] of Object.entries(routes)) {
		app
			.route(path)
			.get(...answers)
			.all(refuseMethod);
	}
	app.use((_, res) => sendText(res, 404, "Not found."));
	app.use(answerError);
	return app;
}

function servePage(page: Served["page"]): RequestHandler {
	return (req, res) => {
		const current = page();
		if (current === undefined) return sendText(res, 503, "No page yet: the first poll is not done.");
		const zipped = req.acceptsEncodings("gzip", "identity") === "gzip";
		const body = zipped ? current.gzip : current.text;
		res.set("Content-Type", METRICS_TYPE).set("Vary", "Accept-Encoding");
		res.set("Content-Length", String(body.length));
		if (zipped) res.set("Content-Encoding", "gzip");
		res.end(body);
	};
}

function limitScrapes(limit: number): RequestHandler {
	let running = 0;
	return (_, res, next) => {
		if (running >= limit) return sendText(res, 503, `Too many scrapes: ${limit} are running.`);
		running++;
		res.once("close", () => running--);
		next();
	};
}

const refuseMethod: RequestHandler = (_, res) => {
	res.set("Allow", "GET, HEAD");
	sendText(res, 405, "Method not allowed.");
};

/** Express tells it from other steps by its four parameters. */
const answerError: ErrorRequestHandler = (error, _req, res, _next) => {
	const isClients = error?.status >= 400 && error?.status < 500;
	sendText(res, isClients ? error.status : 500, isClients ? "Bad request." : "Internal error.");
};

function sendText(res: Response, status: number, text: string): void {
	res.status(status).type("text/plain").send(`${text}\n`);
}
