/** An HTTP server with limits, which says why it cannot listen and ends without cutting off answers. */
import { once } from "node:events";
import { createServer as createPlainServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Connections, trackConnections } from "./connections.ts";
import type { TlsSettings } from "./tls-settings.ts";

export interface RunningServer {
	/** Rejects with a sentence that names the address. */
	listen(host: string, port: number): Promise<AddressInfo>;
	/** For connections to come; those that are open end as soon as they may. @throws for what takes a restart. */
	renewTls(tls: TlsSettings | undefined): void;
	/** Ends idle connections at once; running answers get two seconds. */
	close(): Promise<void>;
}

/**
 * headersTimeout and requestTimeout are only looked at every connectionsCheckingInterval, by default half a minute. Each
 * look wakes an exporter that nobody asks anything.
 */
const LIMITS = {
	connectionsCheckingInterval: 5_000,
	headersTimeout: 5_000,
	requestTimeout: 15_000,
	keepAliveTimeout: 65_000,
	maxHeaderSize: 8_192,
};
const HANDSHAKE_WITHIN_MS = 5_000;
const MAX_CONNECTIONS = 128;
/** Behind a full one a scrape waits for a second or more until its SYN is sent again; Node's own is 511. */
const BACKLOG = 4_096;
/** Closes a reader that takes nothing for so long, or for twice that: Node looks at it in such steps. */
const STALLED_MS = 10_000;
const CLOSE_WITHIN_MS = 2_000;

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
	EADDRINUSE: "the address is in use, expected a free one",
	EADDRNOTAVAIL: "no interface has the address, expected one of this machine",
	EACCES: "the port needs a right that lbscope lacks, expected CAP_NET_BIND_SERVICE or a port from 1024 up",
};

/** `cut` is called for each connection for which there was no room, and each that did not hold what TLS asks for. */
export function createHttpServer(
	onRequest: RequestListener,
	tls: TlsSettings | undefined,
	cut: () => void,
): RunningServer {
	const secure = tls && createSecureServer(onRequest, tls, cut);
	const server = secure?.server ?? createPlainServer(LIMITS, onRequest);
	server.setTimeout(STALLED_MS);
	const connections = trackConnections(server, MAX_CONNECTIONS, cut);
	let closed: Promise<void> | undefined;
	return {
		listen: (host, port) => listen(server, host, port),
		renewTls(next) {
			if ((next === undefined) !== (secure === undefined))
				throw new Error("Cannot turn TLS on or off: lbscope is running, expected a restart");
			if (!next || !secure) return;
			secure.renew(next);
			connections.endPresent();
		},
		close() {
			closed ??= close(server, connections);
			return closed;
		},
	};
}

interface SecureServer {
	readonly server: TlsServer;
	renew(tls: TlsSettings): void;
}

function createSecureServer(onRequest: RequestListener, tls: TlsSettings, cut: () => void): SecureServer {
	let current = tls;
	const limits = { ...LIMITS, handshakeTimeout: HANDSHAKE_WITHIN_MS };
	// Who may stay is decided below: by then a change of the client CA has its effect.
	const client = { requestCert: tls.asksClient, rejectUnauthorized: false };
	const server = createTlsServer({ ...limits, ...client, ...tls.context }, onRequest);
	server.prependListener("secureConnection", (socket: TLSSocket) => {
		if (current.admits(socket)) return;
		cut();
		socket.destroy();
	});
	return {
		server,
		renew(next) {
			if (next.asksClient !== tls.asksClient)
				throw new Error("Cannot turn client certificates on or off: lbscope is running, expected a restart");
			server.setSecureContext(next.context);
			current = next;
		},
	};
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
	try {
		server.listen({ port, host, backlog: BACKLOG });
		await once(server, "listening");
	} catch (error) {
		const { code = "", message } = error as NodeJS.ErrnoException;
		const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
		throw new Error(`Cannot listen on ${address}: ${LISTEN_ERRORS[code] ?? message}`, { cause: error });
	}
	return server.address() as AddressInfo;
}

async function close(server: Server, connections: Connections): Promise<void> {
	if (!server.listening) return;
	const closed = once(server, "close");
	// Not the close() of node:http: it takes an answer for finished, and cuts it off, while its bytes still wait.
	NetServer.prototype.close.call(server);
	connections.endPresent();
	const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS);
	await closed;
	clearTimeout(deadline);
}
