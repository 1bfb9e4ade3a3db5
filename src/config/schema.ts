/** The whole file. Defaults are written as a user would write them, and go through the same checks. */
import type { z } from "zod";
import { acrossKeys, mapping } from "./collections.ts";
import { type Config, LOG_LEVELS } from "./config.ts";
import { discovery } from "./discovery-schema.ts";
import { firewall } from "./firewall-schema.ts";
import { health } from "./health-schema.ts";
import { interfaces } from "./interface-schema.ts";
import { listen } from "./listen-schema.ts";
import { loxilbMaps, source } from "./loxilb-schema.ts";
import { metrics } from "./metrics-schema.ts";
import { reload } from "./reload-schema.ts";
import { bpffsPath, duration, integer, oneOf, trueOrFalse } from "./scalars.ts";
import { security } from "./security-schema.ts";
import { MAX_SERVICES, services } from "./service-schema.ts";
import { system } from "./system-schema.ts";
import { web } from "./web-schema.ts";

const MAX_TABLE = 16_777_216;

const poll = mapping({ interval: duration("100ms", "5m").prefault("10s") }).transform(({ interval }) => {
	return { intervalMs: interval };
});

const limits = mapping({
	flows: integer(16, MAX_TABLE).prefault(262_144),
	pairs: integer(1, MAX_TABLE).prefault(65_536),
	services: integer(1, MAX_SERVICES).prefault(4_096),
	pair_idle: duration("1s", "168h").prefault("1h"),
	client_prefix: mapping({
		ipv4: integer(8, 32).prefault(32),
		ipv6: integer(16, 128).prefault(128),
	}).prefault({}),
}).transform(({ pair_idle: pairIdleMs, client_prefix: clientPrefix, ...sizes }) => {
	return { ...sizes, pairIdleMs, clientPrefix };
});

const timeouts = mapping({
	tcp_handshake: duration("100ms", "168h").prefault("30s"),
	tcp_established: duration("100ms", "168h").prefault("1h"),
	tcp_closing: duration("100ms", "168h").prefault("60s"),
	udp: duration("100ms", "168h").prefault("30s"),
	sctp: duration("100ms", "168h").prefault("5m"),
}).transform((ms) => ({
	tcpHandshakeMs: ms.tcp_handshake,
	tcpEstablishedMs: ms.tcp_established,
	tcpClosingMs: ms.tcp_closing,
	udpMs: ms.udp,
	sctpMs: ms.sctp,
}));

const pins = mapping({
	enabled: trueOrFalse.prefault(true),
	path: bpffsPath.prefault("/sys/fs/bpf/lbscope"),
});

const self = mapping({ program_stats: trueOrFalse.prefault(false) }).transform((switches) => {
	return { programStats: switches.program_stats };
});

export const configSchema: z.ZodType<Config> = mapping({
	listen: listen.prefault("0.0.0.0:8080"),
	web: web.prefault({}),
	metrics: metrics.prefault({}),
	poll: poll.prefault({}),
	source: source.prefault("own"),
	loxilb: loxilbMaps.prefault({}),
	interfaces: interfaces.prefault("auto"),
	services: services.prefault([]),
	discovery: discovery.prefault({}),
	health: health.prefault({}),
	firewall: firewall.prefault({}),
	limits: limits.prefault({}),
	timeouts: timeouts.prefault({}),
	pins: pins.prefault({}),
	reload: reload.prefault({}),
	self: self.prefault({}),
	system: system.prefault({}),
	security: security.prefault({}),
	log: mapping({ level: oneOf(LOG_LEVELS).prefault("info") }).prefault({}),
}).check(
	acrossKeys(["services", "limits"], ({ services, limits }, report) => {
		if (services.length <= limits.services) return;
		const subject = `services is a list of ${services.length}`;
		report(["services", limits.services], `at most ${limits.services}: see limits.services`, { subject });
	}),
);

export const defaultConfig: Config = configSchema.parse({});
