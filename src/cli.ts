/** The command line -> what is to be done. */
import { parseArgs } from "node:util";

export type Command =
	| { readonly name: "run"; readonly config: string | undefined; readonly webConfig?: string }
	| {
			readonly name: "check";
			readonly config: string | undefined;
			readonly webConfig?: string;
			readonly print: boolean;
	  }
	| { readonly name: "dump"; readonly map: string | undefined; readonly pid: number | undefined }
	| { readonly name: "cleanup"; readonly config: string | undefined }
	| {
			readonly name: "replay";
			/** `-`: standard input. */
			readonly file: string;
			readonly config: string | undefined;
			/** VIP:port/protocol each. */
			readonly services: readonly string[];
			readonly auto: boolean;
			readonly format: ReplayFormat;
	  }
	| { readonly name: "doctor"; readonly config: string | undefined; readonly json: boolean }
	| { readonly name: "metrics" }
	| { readonly name: "help" }
	| { readonly name: "version" };

const REPLAY_FORMATS = ["prometheus", "json", "table"] as const;
export type ReplayFormat = (typeof REPLAY_FORMATS)[number];

export const HELP = `lbscope counts the load-balanced traffic of this node and serves it to Prometheus.

Usage:
  lbscope run [--config FILE]              attach, count, serve the page until SIGTERM;
                                           reads FILE again at SIGHUP
                                           source: loxilb in FILE: attach nothing, read LoxiLB's maps
  lbscope check [--config FILE] [--print]  parse, ask all sources for services, load, attach, read once, detach;
                                           says each step
                                           --print: print the configuration with all defaults, without secrets, do nothing
  lbscope doctor [--config FILE] [--json]  look at all that a run needs, say what is wrong and what to do; changes nothing
  lbscope dump [MAP] [--pid PID]           rows of the maps of the running exporter, decoded, as JSON lines
                                           MAP: services, flows, pairs, others, ledger, handshakes or totals;
                                           all when left out
  lbscope cleanup [--config FILE]          remove what outlives the exporter: its pins, links and filters
                                           and with them every count
  lbscope replay FILE [--config FILE] [--service VIP:port/proto ...] [--auto] [--format FORMAT]
                                           the page that a capture would have made; touches no interface
                                           FILE: pcap or pcapng, - for standard input
                                           --auto: whoever accepts connections in it is a service
                                           FORMAT: prometheus, json or table
  lbscope metrics                          what every metric means, as Markdown
  lbscope --help | --version

  run and check take --web.config.file FILE, too: TLS and passwords, in the format of Prometheus' exporters

Exit codes: 0 done, 1 failed, 2 the command line or the configuration is wrong.
`;

/** Called as by every exporter of Prometheus. */
const WEB_CONFIG = "web.config.file";

const COMMANDS = "run, check, doctor, dump, cleanup, replay or metrics";

export class UsageError extends Error {}

/** @throws {UsageError} */
export function parseCommand(args: readonly string[]): Command {
	const { values, positionals } = parse(args);
	if (values.help) return { name: "help" };
	if (values.version) return { name: "version" };
	const [name, ...rest] = positionals;
	switch (name) {
		case "run":
			return {
				name,
				config: values.config,
				...webConfigOf(values),
				...only(name, values, rest, ["config", WEB_CONFIG], 0),
			};
		case "check":
			return {
				name,
				config: values.config,
				...webConfigOf(values),
				print: values.print ?? false,
				...only(name, values, rest, ["config", WEB_CONFIG, "print"], 0),
			};
		case "doctor": {
			const { config, json = false } = values;
			return { name, config, json, ...only(name, values, rest, ["config", "json"], 0) };
		}
		case "dump":
			return { name, map: rest[0], pid: parsePid(values.pid), ...only(name, values, rest, ["pid"], 1) };
		case "cleanup":
			return { name, config: values.config, ...only(name, values, rest, ["config"], 0) };
		case "replay":
			return parseReplay(values, rest);
		case "metrics":
			return { name, ...only(name, values, rest, [], 0) };
		case undefined:
			throw new UsageError(`no command, expected ${COMMANDS}`);
		default:
			throw new UsageError(`unknown command ${name}, expected ${COMMANDS}`);
	}
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				config: { type: "string", short: "c" },
				[WEB_CONFIG]: { type: "string" },
				print: { type: "boolean" },
				json: { type: "boolean" },
				pid: { type: "string" },
				service: { type: "string", multiple: true },
				auto: { type: "boolean" },
				format: { type: "string" },
				help: { type: "boolean", short: "h" },
				version: { type: "boolean" },
			},
		});
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

function webConfigOf({ [WEB_CONFIG]: webConfig }: { readonly [WEB_CONFIG]?: string | undefined }) {
	return webConfig === undefined ? {} : { webConfig };
}

function parseReplay(values: ReturnType<typeof parse>["values"], rest: readonly string[]): Command {
	const name = "replay";
	const format = REPLAY_FORMATS.find((known) => known === (values.format ?? "prometheus"));
	const allowed = only(name, values, rest, ["config", "service", "auto", "format"], 1);
	const [file] = rest;
	if (file === undefined)
		throw new UsageError("no capture, expected lbscope replay FILE, or - for standard input");
	if (format === undefined)
		throw new UsageError(`--format is ${values.format}, expected ${REPLAY_FORMATS.join(", ")}`);
	const { config, service: services = [], auto = false } = values;
	return { name, file, config, services, auto, format, ...allowed };
}

/** Refuses options and words that the command does not take. */
function only(
	name: string,
	values: object,
	rest: readonly string[],
	options: readonly string[],
	words: number,
): object {
	const foreign = Object.keys(values).find((option) => !options.includes(option));
	if (foreign) throw new UsageError(`lbscope ${name} takes no --${foreign}`);
	if (rest.length > words) throw new UsageError(`lbscope ${name} does not take "${rest[words]}"`);
	return {};
}

function parsePid(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	if (!/^[1-9]\d{0,9}$/.test(text))
		throw new UsageError(`--pid is ${text}, expected the number of a process`);
	return Number(text);
}
