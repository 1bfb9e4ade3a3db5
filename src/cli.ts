/** The command line -> what is to be done. */
import { parseArgs } from "node:util";

export type Command =
	| { readonly name: "run"; readonly config: string | undefined }
	| { readonly name: "check"; readonly config: string | undefined; readonly print: boolean }
	| { readonly name: "dump"; readonly map: string | undefined; readonly pid: number | undefined }
	| { readonly name: "cleanup"; readonly config: string | undefined }
	| { readonly name: "metrics" }
	| { readonly name: "help" }
	| { readonly name: "version" };

export const HELP = `lbscope counts the load-balanced traffic of this node and serves it to Prometheus.

Usage:
  lbscope run [--config FILE]              attach, count, serve the page until SIGTERM
  lbscope check [--config FILE] [--print]  parse, ask all sources for services, load, attach, read once, detach;
                                           says each step
                                           --print: print the configuration with all defaults, without secrets, do nothing
  lbscope dump [MAP] [--pid PID]           rows of the maps of the running exporter, decoded, as JSON lines
                                           MAP: services, flows, pairs, others, ledger or totals; all when left out
  lbscope cleanup [--config FILE]          remove what outlives the exporter: its pins, links and filters
                                           and with them every count
  lbscope metrics                          what every metric means, as Markdown
  lbscope --help | --version

Exit codes: 0 done, 1 failed, 2 the command line or the configuration is wrong.
`;

const COMMANDS = "run, check, dump, cleanup or metrics";

export class UsageError extends Error {}

/** @throws {UsageError} */
export function parseCommand(args: readonly string[]): Command {
	const { values, positionals } = parse(args);
	if (values.help) return { name: "help" };
	if (values.version) return { name: "version" };
	const [name, ...rest] = positionals;
	switch (name) {
		case "run":
			return { name, config: values.config, ...only(name, values, rest, ["config"], 0) };
		case "check":
			return {
				name,
				config: values.config,
				print: values.print ?? false,
				...only(name, values, rest, ["config", "print"], 0),
			};
		case "dump":
			return { name, map: rest[0], pid: parsePid(values.pid), ...only(name, values, rest, ["pid"], 1) };
		case "cleanup":
			return { name, config: values.config, ...only(name, values, rest, ["config"], 0) };
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
				print: { type: "boolean" },
				pid: { type: "string" },
				help: { type: "boolean", short: "h" },
				version: { type: "boolean" },
			},
		});
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
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
