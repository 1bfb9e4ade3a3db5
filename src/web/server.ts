/** Serves what it is handed over HTTP, to those whom the door lets in. All scrapers share the bytes of a page. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Refusal } from "../model/refusals.ts";
import { requireCredentials } from "./access.ts";
import { type Door, OPEN_DOOR } from "./door.ts";
import { createHttpServer, type RunningServer as HttpServer } from "./http-server.ts";
import { createPasswords, type Passwords } from "./passwords.ts";
import { limitRate } from "./rate-limit.ts";
import { METRICS_TYPE, type ServedPage, servePage } from "./scrape.ts";
import { createScrapeSlots } from "./scrape-slots.ts";
import { sendText } from "./send.ts";
import { refuseUrlSecrets } from "./url-secrets.ts";

export interface Served extends ServedPage {
	/** Text of the exporter's own metrics alone. */
	systemMetrics(): Promise<string>;
	/** Why the numbers cannot be trusted now; undefined when they can. */
	notReady(): string | undefined;
	/** Reads the configuration again; resolves with whether it was applied. Undefined: not by HTTP. */
	reload(): Promise<boolean> | undefined;
	/** HTML of the page at /. */
	readonly landing: string;
	/** Called for each request or connection that was turned away. */
	refused(reason: Refusal): void;
}

export interface RunningServer extends Omit<HttpServer, "renewTls"> {
	/** From now on. @throws for what takes a restart; then the door of before stays. */
	renew(door: Door): void;
}

const SECURITY_HEADERS = {
	"X-Content-Type-Options": "nosniff",
	"X-Frame-Options": "deny",
	"Referrer-Policy": "no-referrer",
	"Content-Security-Policy":
		"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
const MAX_SCRAPES = 40;

/** `paths`: where the page is besides /metrics. */
export function createServer(
	served: Served,
	door: Door = OPEN_DOOR,
	paths: readonly string[] = [],
): RunningServer {
	let current = door;
	const passwords = createPasswords();
	const app = createApp(served, paths, () => current, passwords);
	const { renewTls, ...server } = createHttpServer(app, door.tls, () => served.refused("connection"));
	return {
		...server,
		renew(next) {
			renewTls(next.tls);
			current = next;
		},
		async close() {
			await server.close();
			passwords.close();
		},
	};
}

function createApp(
	served: Served,
	paths: readonly string[],
	door: () => Door,
	passwords: Passwords,
): Express {
	const app = express();
	app.disable("x-powered-by").set("etag", false).set("query parser", false);
	app.enable("case sensitive routing").enable("strict routing");
	app.use((_, res, next) => {
		res.set(SECURITY_HEADERS).set(door().headers);
		next();
	});
	app.use(refuseUrlSecrets);
	addRoutes(app, openRoutes(served));
	const busy = () => served.refused("busy");
	app.use(limitRate(() => door().rateLimit, busy));
	app.use(requireCredentials(door, passwords, served.refused));
	const page = servePage(served, createScrapeSlots(MAX_SCRAPES), busy);
	addRoutes(app, {
		"/": (_, res) => void res.type("html").send(served.landing),
		"/metrics": page,
		...Object.fromEntries(paths.map((path) => [path, page])),
		"/system/metrics": async (_, res) => void res.type(METRICS_TYPE).send(await served.systemMetrics()),
	});
	app.route("/-/reload").post(answerReload(served)).all(refuseMethod("POST"));
	app.use((_, res) => sendText(res, 404, "Not found."));
	app.use(answerError);
	return app;
}

/** What a kubelet asks, which has no credentials. */
function openRoutes({ notReady }: Served): Record<string, RequestHandler> {
	return {
		"/-/healthy": (_, res) => sendText(res, 200, "lbscope is alive."),
		"/-/ready": (_, res) => {
			const reason = notReady();
			sendText(res, reason === undefined ? 200 : 503, reason ?? "lbscope is ready.");
		},
	};
}

function addRoutes(app: Express, routes: Record<string, RequestHandler>): void {
	for (const [path, answer] of Object.entries(routes))
		app.route(path).get(answer).all(refuseMethod("GET, HEAD"));
}

/** Closes: what may come behind is the body of a request that is not read. */
function refuseMethod(allowed: string): RequestHandler {
	return (_, res) => {
		res.set("Allow", allowed).set("Connection", "close");
		sendText(res, 405, "Method not allowed.");
	};
}

/** What is wrong with a file is for those who may read the file: the answer does not show it. */
function answerReload({ reload }: Served): RequestHandler {
	return async (_, res) => {
		const reloading = reload();
		if (!reloading) return sendText(res, 403, "Not enabled: reload.http is false.");
		if (await reloading) return sendText(res, 200, "The configuration is reloaded.");
		sendText(res, 500, "The configuration is not reloaded, the old one runs on. The log says why.");
	};
}

/** Express tells it from other steps by its four parameters. */
const answerError: ErrorRequestHandler = (error, _req, res, _next) => {
	if (res.headersSent) return void res.destroy();
	const isClients = error?.status >= 400 && error?.status < 500;
	sendText(res, isClients ? error.status : 500, isClients ? "Bad request." : "Internal error.");
};
