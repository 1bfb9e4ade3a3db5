/** A configuration file read and checked, also against the interfaces that are there. */
import { readFileSync } from "node:fs";
import { isStackedOn } from "../bpf/links.ts";
import { type Link, readLinks } from "../bpf/netlink.ts";
import type { Config, Interface } from "../config/config.ts";
import { type ParsedConfig, parseConfig } from "../config/parse-config.ts";
import { formatProblem, type Problem } from "../config/problem.ts";

/** The configuration is wrong; the message is all that the user has to see. */
export class ConfigError extends Error {}

const READ_ERRORS: Readonly<Record<string, string>> = {
	ENOENT: "there is no such file",
	EISDIR: "it is a directory, expected a YAML file",
	EACCES: "this user may not read it",
};

/** Without a file: the defaults. @throws {ConfigError} */
export function readConfig(file: string | undefined): Config {
	return configOfText(readConfigText(file), file);
}

/** @throws {ConfigError} */
export function configOfText(text: string, file: string | undefined): Config {
	const parsed = parse(text, file ?? "(defaults)");
	const problems = stackedInterfaces(parsed);
	if (problems.length > 0) throw new ConfigError(problems.map(formatProblem).join("\n"));
	return parsed.config;
}

function parse(text: string, file: string): ParsedConfig {
	const result = parseConfig(text, file);
	if ("problems" in result) throw new ConfigError(result.problems.map(formatProblem).join("\n"));
	return result;
}

/** Without a file: none. @throws {ConfigError} */
export function readConfigText(file: string | undefined): string {
	if (file === undefined) return "";
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		const { code = "", message } = error as NodeJS.ErrnoException;
		throw new ConfigError(`Cannot read ${file}: ${READ_ERRORS[code] ?? message}`);
	}
}

/** Two interfaces of which one lies on top of the other would count every packet twice. */
function stackedInterfaces({ config, locate }: ParsedConfig): Problem[] {
	if (config.interfaces === "auto") return [];
	const found = config.interfaces.map((wanted) => ({ wanted, ...find(wanted) }));
	return found.flatMap((upper, i) => {
		const lower = found.find(
			(other) =>
				upper.link &&
				other.link &&
				other.wanted.netns === upper.wanted.netns &&
				isStackedOn(upper.links, upper.link, other.link),
		);
		if (!lower) return [];
		const { name } = upper.wanted;
		const message = `interface ${name} is stacked on ${lower.wanted.name}, which would count its packets twice, expected only the lower one`;
		return [{ place: locate(["interfaces", i]), message }];
	});
}

function find({ name, netns }: Interface): { links: readonly Link[]; link: Link | undefined } {
	try {
		const links = readLinks(netns);
		return { links, link: links.find((link) => link.name === name) };
	} catch {
		// A namespace that is not there yet is the concern of attaching, not of the file.
		return { links: [], link: undefined };
	}
}
