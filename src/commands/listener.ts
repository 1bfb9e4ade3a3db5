/** The HTTP server, which can move to another address. */
import type { Listen } from "../config/config.ts";
import type { RunningServer } from "../http-server.ts";
import type { Log } from "../log.ts";
import { hostPort } from "../model/address.ts";
import { createServer, type Served } from "../server.ts";

export interface Listener {
	/** Serves there as well. @throws when it cannot */
	open(where: Listen): Promise<RunningServer>;
	/** From now on only there. */
	use(server: RunningServer): void;
	close(): Promise<void>;
}

export function createListener(served: Served, log: Log): Listener {
	let current: RunningServer | undefined;
	/** Answers that have begun are sent to their end. */
	const leaving = new Set<Promise<void>>();
	return {
		async open({ address: host = "::", port }) {
			const server = createServer(served);
			await server.listen(host, port);
			log.info("listening", { address: hostPort(host, port) });
			return server;
		},
		use(server) {
			const closing = current?.close();
			if (closing) leaving.add(closing.finally(() => leaving.delete(closing)));
			current = server;
		},
		async close() {
			await Promise.all([...leaving, current?.close()]);
		},
	};
}
