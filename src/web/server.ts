/** Serves what it is handed over HTTP. All scrapers share the bytes of a page. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { createHttpServer, type RunningServer } from "./http-server.ts";
import { limitScrapes, METRICS_TYPE, type ServedPage, servePage } from "./scrape.ts";
import { sendText } from "./send.ts";

export interface Served extends ServedPage {
	/** Text of the exporter's own metrics alone. */
	systemMetrics(): Promise<string>;
	/** Why the numbers cannot be trusted now; undefined when they can. */
	notReady(): string | undefined;
	/** HTML of the page at /. */
	readonly landing: string;
}

const NO_CONTENT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const MAX_SCRAPES = 40;

export function createServer(served: Served): RunningServer {
	return createHttpServer(createApp(served));
}

function createApp(served: Served): Express {
	const { notReady, landing } = served;
	const app = express();
	app.disable("x-powered-by").set("etag", false).set("query parser", false);
	app.use((_, res, next) => {
		res.set("X-Content-Type-Options", "nosniff").set("Content-Security-Policy", NO_CONTENT);
		next();
	});
	const routes: Record<string, RequestHandler[]> = {
		"/": [(_, res) => void res.type("html").send(landing)],
		"/metrics": [limitScrapes(MAX_SCRAPES), servePage(served)],
		"/system/metrics": [async (_, res) => void res.type(METRICS_TYPE).send(await served.systemMetrics())],
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

const refuseMethod: RequestHandler = (_, res) => {
	res.set("Allow", "GET, HEAD");
	sendText(res, 405, "Method not allowed.");
};

/** Express tells it from other steps by its four parameters. */
const answerError: ErrorRequestHandler = (error, _req, res, _next) => {
	const isClients = error?.status >= 400 && error?.status < 500;
	sendText(res, isClients ? error.status : 500, isClients ? "Bad request." : "Internal error.");
};
