/** Writes dashboards/*.json; with --check only says whether they are up to date (exit code 1 when not). */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { CAPACITY } from "./dashboards/capacity.ts";
import { CLIENTS_AND_FLOWS } from "./dashboards/clients-and-flows.ts";
import { ENDPOINT_BALANCE } from "./dashboards/endpoint-balance.ts";
import { EXPORTER } from "./dashboards/exporter.ts";
import { FIREWALL_AND_ERRORS } from "./dashboards/firewall-and-errors.ts";
import { OVERVIEW } from "./dashboards/overview.ts";
import { SERVICES } from "./dashboards/service.ts";

const BOARDS = [
	OVERVIEW,
	SERVICES,
	ENDPOINT_BALANCE,
	CLIENTS_AND_FLOWS,
	FIREWALL_AND_ERRORS,
	CAPACITY,
	EXPORTER,
];
const FOLDER = new URL("../dashboards/", import.meta.url);

const wanted = new Map(
	BOARDS.map((board) => [
		`${board.uid?.replace(/^lbscope-/, "")}.json`,
		`${JSON.stringify(board, null, "\t")}\n`,
	]),
);
const there = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

if (process.argv.includes("--check")) {
	const stale = [...wanted].filter(
		([name, text]) => !there.includes(name) || readFileSync(new URL(name, FOLDER), "utf8") !== text,
	);
	const wrong = [...stale.map(([name]) => name), ...there.filter((name) => !wanted.has(name))];
	if (wrong.length > 0) {
		console.error(`dashboards/ is stale (${wrong.join(", ")}), expected what \`make dashboards\` writes`);
		process.exitCode = 1;
	}
} else {
	for (const name of there) rmSync(new URL(name, FOLDER));
	for (const [name, text] of wanted) writeFileSync(new URL(name, FOLDER), text);
}
