/** How health is found out: the section `health`, and the probe that a service may have of its own. */
import { PROBE_TYPES, type Probe, type ProbeType, type StatusRange } from "../model/probe.ts";
import { acrossKeys, mapping, oneOrMore, type Report } from "./collections.ts";
import { HEALTH_SOURCES } from "./config.ts";
import { formatDuration } from "./duration.ts";
import {
	absolutePath,
	alternatives,
	duration,
	integer,
	netnsPath,
	oneOf,
	scalar,
	text,
	trueOrFalse,
} from "./scalars.ts";

/** Or the interval, where that is shorter. */
const DEFAULT_TIMEOUT_MS = 2_000;
const DEFAULT_STATUS: StatusRange = { first: 200, last: 299 };
const MAX_STATUS_RANGES = 16;

/** It stands in a request line: nothing in it may end that. */
const path = text('a path such as "/healthz", in ASCII and without blanks', (value) =>
	/^\/[!-~]{0,1023}$/.test(value),
);
const host = text("a host name, with a port if need be", (value) =>
	/^[A-Za-z0-9._:[\]-]{1,260}$/.test(value),
);
const serverName = text("a host name", (value) => /^[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})$/.test(value));

const statusRange = scalar((value, refuse): StatusRange => {
	const [, first, last = first] = /^(\d{3})(?:-(\d{3}))?$/.exec(String(value)) ?? [];
	const range = { first: Number(first), last: Number(last) };
	if (!(range.first >= 100 && range.last <= 599)) return refuse("100 to 599, or a range such as 200-299");
	return range.first <= range.last ? range : refuse("the lower status first");
});

const shape = {
	type: oneOf(PROBE_TYPES).prefault("tcp"),
	path: path.optional(),
	status: oneOrMore(statusRange, MAX_STATUS_RANGES).optional(),
	host: host.optional(),
	server_name: serverName.optional(),
	skip_verify: trueOrFalse.optional(),
	ca_file: absolutePath.optional(),
};

/** Keys that make sense for some types only. */
const KEYS_OF: Readonly<Record<string, readonly ProbeType[]>> = {
	path: ["http", "https"],
	status: ["http", "https"],
	host: ["http", "https"],
	server_name: ["https"],
	skip_verify: ["https"],
	ca_file: ["https"],
};

type Keys = keyof typeof shape;

function refuseKeysOfOtherTypes(probe: Partial<Record<Keys, unknown>>, report: Report): void {
	for (const [key, types] of Object.entries(KEYS_OF)) {
		if (probe[key as Keys] === undefined || types.includes(probe.type as ProbeType)) continue;
		const subject = `${key} says nothing about a probe of type ${probe.type}`;
		report([key], `type ${alternatives(types)}`, { subject });
	}
}

export const probe = mapping(shape)
	.check(acrossKeys(Object.keys(shape) as Keys[], refuseKeysOfOtherTypes))
	.transform(({ type, path = "/", status = [DEFAULT_STATUS], host, ...tls }): Probe => {
		if (type === "tcp") return { type };
		if (type === "none") return { type };
		const request = { path, status, host };
		if (type === "http") return { type, ...request };
		const { server_name: serverName, skip_verify: skipVerify = false, ca_file: caFile } = tls;
		return { type, ...request, serverName, skipVerify, caFile };
	});

/** Enough for 5,000 endpoints every 10 s of which none answers within the timeout. */
const DEFAULT_CONCURRENCY = 1024;

export const health = mapping({
	enabled: trueOrFalse.prefault(true),
	source: oneOf(HEALTH_SOURCES).prefault("auto"),
	probe: probe.prefault({}),
	interval: duration("100ms", "1h").prefault("10s"),
	timeout: duration("100ms", "1h").optional(),
	rise: integer(1, 100).prefault(2),
	fall: integer(1, 100).prefault(3),
	concurrency: integer(1, 4096).prefault(DEFAULT_CONCURRENCY),
	netns: netnsPath.optional(),
})
	.check(
		acrossKeys(["interval", "timeout"], ({ interval, timeout }, report) => {
			if (timeout !== undefined && timeout > interval)
				report(["timeout"], `at most the interval, ${formatDuration(interval)}`);
		}),
	)
	.transform(({ interval: intervalMs, timeout, netns, ...others }) => {
		return { ...others, intervalMs, timeoutMs: timeout ?? Math.min(DEFAULT_TIMEOUT_MS, intervalMs), netns };
	});
