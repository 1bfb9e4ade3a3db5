/** The HTTP server, which can move to another address. */
import type { Listen } from "../config/config.ts";
import type { Log } from "../log.ts";
import { hostPort } from "../model/address.ts";
import { type Door, describeDoor } from "../web/door.ts";
import { createServer, type RunningServer, type Served } from "../web/server.ts";

export interface Listener {
	/** Serves there as well. @throws when it cannot */
	open(where: Listen): Promise<RunningServer>;
	/** From now on only there. */
	use(server: RunningServer): void;
	/** See RunningServer. */
	renew(door: Door): void;
	close(): Promise<void>;
}

export function createListener(served: Served, first: Door, log: Log): Listener {
	let door = first;
	let current: RunningServer | undefined;
	/** Answers that have begun are sent to their end. */
	const leaving = new Set<Promise<void>>();
	return {
		async open({ address: host = "::", port, paths }) {
			const server = createServer(served, door, paths);
			await server.listen(host, port);
			log.info("listening", { address: hostPort(host, port), access: describeDoor(door) });
			return server;
		},
		use(server) {
			// It may have been opened with the one before.
			server.renew(door);
			const closing = current?.close();
			if (closing) leaving.add(closing.finally(() => leaving.delete(closing)));
			current = server;
		},
		renew(next) {
			current?.renew(next);
			door = next;
		},
		async close() {
			await Promise.all([...leaving, current?.close()]);
		},
	};
}
