/** Findings as lines for people, and as JSON. */
import { plainText } from "../model/plain-text.ts";
import type { Finding } from "./examine.ts";
import type { Status } from "./fact.ts";

const STATUSES: readonly Status[] = ["ok", "warn", "fail"];
/** Wide enough for "capabilities". */
const CHECK_WIDTH = 13;

/** The worst of them. */
export function overall(findings: readonly Finding[]): Status {
	const worst = Math.max(0, ...findings.map(({ status }) => STATUSES.indexOf(status)));
	return STATUSES[worst] as Status;
}

/** One line for each. A message of several lines, as the verifier's, stands in one. */
export function reportLines(findings: readonly Finding[]): string[] {
	return findings.map(({ status, check, text, todo }) => {
		const line = `${status.padEnd(5)}${check.padEnd(CHECK_WIDTH)} ${text}${todo ? `; to do: ${todo}` : ""}`;
		return plainText(line.replaceAll(/\s*\n\s*/g, " | "));
	});
}

export function reportJson(version: string, findings: readonly Finding[]): string {
	const facts = findings.map(({ check, status, text, todo }) => ({ check, status, text, todo }));
	return JSON.stringify({ version, status: overall(findings), facts }, null, "\t");
}
