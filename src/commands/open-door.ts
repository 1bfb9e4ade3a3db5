/** The files that say who may ask: read before anything else, and followed while the server runs. */
import { resolve } from "node:path";
import type { Config, Web } from "../config/config.ts";
import { createTrouble, type Log } from "../log.ts";
import type { SelfMetrics } from "../self-metrics.ts";
import { asksForCredentials, type Door, DoorError } from "../web/door.ts";
import type { RunningServer } from "../web/server.ts";
import { openDoor, type WatchedDoor } from "../web/watch-door.ts";
import { ConfigError } from "./read-config.ts";

/** The command line wins over the file. */
export function withWebConfig(config: Config, file: string | undefined): Config {
	return file === undefined ? config : { ...config, web: { ...config.web, configFile: resolve(file) } };
}

/** @throws {ConfigError} */
export function openConfiguredDoor(web: Web): WatchedDoor {
	try {
		return openDoor(web);
	} catch (error) {
		throw error instanceof DoorError ? new ConfigError(error.message) : error;
	}
}

export function describeDoor(door: Door): string {
	const { tls, users, tokens } = door;
	const transport = tls ? (tls.asksClient ? "TLS with client certificates" : "TLS") : "plain HTTP";
	if (!asksForCredentials(door)) return `${transport}, no credentials`;
	return `${transport}, ${users.size} users, ${tokens.length} tokens`;
}

export function watchDoor(door: WatchedDoor, server: RunningServer, self: SelfMetrics, log: Log): void {
	if (door.first.tls === undefined && asksForCredentials(door.first))
		log.warn("credentials cross the network in clear text", { expected: "tls_server_config" });
	if (door.hasFiles) self.webConfigRead({ failed: false, atMs: Date.now() });
	const trouble = createTrouble(log, "web configuration not taken, that of before stays");
	door.watch({
		changed(next) {
			server.renew(next);
			trouble.over();
			self.webConfigRead({ failed: false, atMs: Date.now() });
			log.info("web configuration taken", { access: describeDoor(next) });
		},
		failed(reason) {
			trouble.because(reason);
			self.webConfigRead({ failed: true, atMs: Date.now() });
		},
	});
}
