import { expect, test } from "vitest";
import { type Command, HELP, parseCommand, UsageError } from "../src/cli.ts";

test.each<[string, Command]>([
	["run", { name: "run", config: undefined }],
	["run --config lb.yaml", { name: "run", config: "lb.yaml" }],
	["run -c lb.yaml", { name: "run", config: "lb.yaml" }],
	["--config=lb.yaml run", { name: "run", config: "lb.yaml" }],
	["check", { name: "check", config: undefined, print: false }],
	["check --config lb.yaml --print", { name: "check", config: "lb.yaml", print: true }],
	["run --web.config.file web.yml", { name: "run", config: undefined, webConfig: "web.yml" }],
	[
		"check --web.config.file=web.yml",
		{ name: "check", config: undefined, webConfig: "web.yml", print: false },
	],
	["doctor", { name: "doctor", config: undefined, json: false }],
	["doctor -c lb.yaml --json", { name: "doctor", config: "lb.yaml", json: true }],
	["dump", { name: "dump", map: undefined, pid: undefined }],
	["dump flows --pid 42", { name: "dump", map: "flows", pid: 42 }],
	["cleanup", { name: "cleanup", config: undefined }],
	["cleanup -c lb.yaml", { name: "cleanup", config: "lb.yaml" }],
	["metrics", { name: "metrics" }],
	[
		"replay a.pcap",
		{ name: "replay", file: "a.pcap", config: undefined, services: [], auto: false, format: "prometheus" },
	],
	[
		"replay - --service 10.0.0.1:80 --service [::1]:53/udp --auto --format json -c lb.yaml",
		{
			name: "replay",
			file: "-",
			config: "lb.yaml",
			services: ["10.0.0.1:80", "[::1]:53/udp"],
			auto: true,
			format: "json",
		},
	],
	["--help", { name: "help" }],
	["run -h", { name: "help" }],
	["--version", { name: "version" }],
])("lbscope %s", (line, command) => {
	expect(parseCommand(line.split(" "))).toEqual(command);
});

test.each([
	["", "no command, expected run, check, doctor, dump, cleanup, replay or metrics"],
	["start", "unknown command start, expected run, check, doctor, dump, cleanup, replay or metrics"],
	["run fast", 'lbscope run does not take "fast"'],
	["run --print", "lbscope run takes no --print"],
	["metrics --config x", "lbscope metrics takes no --config"],
	["dump flows pairs", 'lbscope dump does not take "pairs"'],
	["doctor --print", "lbscope doctor takes no --print"],
	["check --json", "lbscope check takes no --json"],
	["dump --config x", "lbscope dump takes no --config"],
	["cleanup --web.config.file x", "lbscope cleanup takes no --web.config.file"],
	["dump --pid 0", "--pid is 0, expected the number of a process"],
	["dump --pid 1x", "--pid is 1x, expected the number of a process"],
	["dump --pid 99999999999", "--pid is 99999999999, expected the number of a process"],
	["cleanup pairs", 'lbscope cleanup does not take "pairs"'],
	["cleanup --print", "lbscope cleanup takes no --print"],
	["check --pid 4", "lbscope check takes no --pid"],
	["replay", "no capture, expected lbscope replay FILE, or - for standard input"],
	["replay a.pcap b.pcap", 'lbscope replay does not take "b.pcap"'],
	["replay a.pcap --format xml", "--format is xml, expected prometheus, json, table"],
	["replay a.pcap --print", "lbscope replay takes no --print"],
	["run --auto", "lbscope run takes no --auto"],
	["run --confg x", "Unknown option '--confg'"],
	["run --config", "Option '-c, --config <value>' argument missing"],
])("lbscope %s is refused: %s", (line, message) => {
	const parse = () => parseCommand(line.split(" ").filter(Boolean));
	expect(parse).toThrow(UsageError);
	expect(parse).toThrow(message);
});

test("the help names every command", () => {
	for (const name of ["run", "check", "doctor", "dump", "cleanup", "replay", "metrics"])
		expect(HELP).toContain(`lbscope ${name} `);
});
