#!/usr/bin/env -S node --max-semi-space-size=2 --min-semi-space-size=2
/**
 * Starts what the command line asks for; owns signals and exit codes.
 *
 * The options above: what is new and still needed is copied while the event loop waits, up to so many MiB at a time. V8's
 * own 16 and more take over 10 ms when many services come at once. No less either: of a process that has little to do V8
 * gives memory back after each poll, to ask for it again at the next. Later they cannot be set, only where Node.js starts.
 */
import { giveBackLargeBlocks } from "./bpf/allocator.ts";
import { type Command, HELP, parseCommand, UsageError } from "./cli.ts";
import { readVersion } from "./commands/build.ts";
import { check } from "./commands/check.ts";
import { cleanup } from "./commands/cleanup.ts";
import { doctor } from "./commands/doctor.ts";
import { dump } from "./commands/dump.ts";
import { giveUpRights } from "./commands/give-up-rights.ts";
import { withWebConfig } from "./commands/open-door.ts";
import { ConfigError, configOfText, readConfig, readConfigText } from "./commands/read-config.ts";
import { hideSecrets } from "./config/hide-secrets.ts";
import { printConfig } from "./config/print-config.ts";
import { createLog } from "./log.ts";
import { CATALOGUE } from "./metrics/catalogue.ts";
import { metricsMarkdown } from "./metrics/metrics-markdown.ts";
import { plainLines } from "./model/plain-text.ts";
import { createSelfMetrics } from "./self/self-metrics.ts";

const EXIT_FAILED = 1;
const EXIT_WRONG_INPUT = 2;

/** What is left after this is not worth waiting for: a kill is as good. */
const STOP_LIMIT_MS = 4500;

async function main(args: readonly string[]): Promise<void> {
	await execute(parseCommand(args));
}

async function execute(command: Command): Promise<void> {
	switch (command.name) {
		case "run": {
			// `lbscope dump` finds the exporter by this name.
			process.title = "lbscope";
			onHangup(() => {});
			const file = command.config;
			const text = readConfigText(file);
			const parse = (read: string) => withWebConfig(configOfText(read, file), command.webConfig);
			const config = parse(text);
			const log = createLog(config.log.level);
			giveUpRights(config, file, log);
			// Not before: a start that gives up rights happens twice.
			giveBackLargeBlocks();
			const { run } = await import("./commands/run.ts");
			return run(config, log, stopSignal(), { file, text, parse, onHangup });
		}
		case "check": {
			const config = withWebConfig(readConfig(command.config), command.webConfig);
			if (command.print) return print(printConfig(hideSecrets(config)));
			return check(config, printLine);
		}
		case "doctor":
			process.exitCode = (await doctor(command, print)) ? 0 : EXIT_FAILED;
			return;
		case "dump":
			return dump(command, print);
		case "cleanup":
			return cleanup(readConfig(command.config), printLine);
		case "replay": {
			const config = readConfig(command.config);
			const { replay } = await import("./commands/replay.ts");
			return replay(command, config, print, createLog(config.log.level));
		}
		case "metrics":
			return print(metricsMarkdown(CATALOGUE, await createSelfMetrics({ pollIntervalMs: 1 }).families()));
		case "help":
			return print(HELP);
		case "version":
			return print(`lbscope ${readVersion()}\n`);
	}
}

function printLine(line: string): void {
	print(`${plainLines(line)}\n`);
}

function print(text: string): void {
	process.stdout.write(text);
}

function stopSignal(): AbortSignal {
	const stop = new AbortController();
	for (const signal of ["SIGTERM", "SIGINT"] as const) {
		// Not once: the default of a second signal is to die at once, with clsact filters left behind.
		process.on(signal, () => {
			stop.abort();
			setTimeout(() => process.exit(EXIT_FAILED), STOP_LIMIT_MS).unref();
		});
	}
	return stop.signal;
}

/** Also before somebody listens: by default the signal kills. */
function onHangup(listener: () => void): void {
	process.on("SIGHUP", listener);
}

/** A reader that went away, as `lbscope dump | head` does, is no failure. */
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
	process.exit(error.code === "EPIPE" ? 0 : EXIT_FAILED),
);

try {
	await main(process.argv.slice(2));
} catch (error) {
	const isWrongInput = error instanceof UsageError || error instanceof ConfigError;
	const message = plainLines((error as Error).message);
	process.stderr.write(`${error instanceof ConfigError ? "" : "lbscope: "}${message}\n`);
	if (error instanceof UsageError) process.stderr.write('Try "lbscope --help".\n');
	process.exitCode = isWrongInput ? EXIT_WRONG_INPUT : EXIT_FAILED;
}
