/** The files that say who may ask: read before anything else, and followed while the server runs. */
import { resolve } from "node:path";
import type { Config, Web } from "../config/config.ts";
import { createTrouble, type Log } from "../log.ts";
import type { SelfMetrics } from "../self/self-metrics.ts";
import { asksForCredentials, DoorError, describeDoor } from "../web/door.ts";
import { openDoor, type WatchedDoor } from "../web/watch-door.ts";
import type { Listener } from "./listener.ts";
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

export function watchDoor(
	door: WatchedDoor,
	listener: Pick<Listener, "renew">,
	self: SelfMetrics,
	log: Log,
): void {
	if (door.first.tls === undefined && asksForCredentials(door.first))
		log.warn("credentials cross the network in clear text", { expected: "tls_server_config" });
	if (door.hasFiles) self.webConfigRead({ failed: false, atMs: Date.now() });
	const trouble = createTrouble(log, "web configuration not taken, that of before stays");
	door.watch({
		changed(next) {
			listener.renew(next);
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
