/** An HTTP server with limits, which says why it cannot listen and ends without cutting off answers. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";

export interface RunningServer {
	/** Rejects with a sentence that names the address. */
	listen(host: string, port: number): Promise<AddressInfo>;
	/** Ends idle connections at once; running answers get two seconds. */
	close(): Promise<void>;
}

/** headersTimeout is only looked at every connectionsCheckingInterval, by default half a minute. */
const LIMITS = {
	connectionsCheckingInterval: 1_000,
	headersTimeout: 5_000,
	requestTimeout: 15_000,
	keepAliveTimeout: 65_000,
	maxHeaderSize: 8_192,
};
const MAX_CONNECTIONS = 128;
/** Closes a reader that takes nothing for so long. */
const STALLED_MS = 30_000;
const CLOSE_WITHIN_MS = 2_000;

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
	EADDRINUSE: "the address is in use, expected a free one",
	EADDRNOTAVAIL: "no interface has the address, expected one of this machine",
	EACCES: "the port needs a right that lbscope lacks, expected CAP_NET_BIND_SERVICE or a port from 1024 up",
};

export function createHttpServer(onRequest: RequestListener): RunningServer {
	const server = createServer(LIMITS, onRequest);
	server.maxConnections = MAX_CONNECTIONS;
	server.setTimeout(STALLED_MS);
	const connections = trackConnections(server);
	let closed: Promise<void> | undefined;
	return {
		listen: (host, port) => listen(server, host, port),
		close() {
			closed ??= close(server, connections);
			return closed;
		},
	};
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
	try {
		server.listen(port, host);
		await once(server, "listening");
	} catch (error) {
		const { code = "", message } = error as NodeJS.ErrnoException;
		const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
		throw new Error(`Cannot listen on ${address}: ${LISTEN_ERRORS[code] ?? message}`, { cause: error });
	}
	return server.address() as AddressInfo;
}

interface Connections {
	/** Ends those that answer nothing now, and each of the others when its answer is sent. */
	endWhenIdle(): void;
}

function trackConnections(server: Server): Connections {
	const idle = new Set<Socket>();
	let ending = false;
	server.on("connection", (socket) => {
		idle.add(socket);
		socket.once("close", () => idle.delete(socket));
	});
	server.on("request", ({ socket }, answer) => {
		idle.delete(socket);
		answer.once("close", () => {
			if (ending) socket.end();
			else if (!socket.destroyed) idle.add(socket);
		});
	});
	return {
		endWhenIdle() {
			ending = true;
			for (const socket of idle) socket.destroy();
		},
	};
}

async function close(server: Server, connections: Connections): Promise<void> {
	if (!server.listening) return;
	const closed = once(server, "close");
	// Not the close() of node:http: it takes an answer for finished, and cuts it off, while its bytes still wait.
	NetServer.prototype.close.call(server);
	connections.endWhenIdle();
	const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS);
	await closed;
	clearTimeout(deadline);
}
