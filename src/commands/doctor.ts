/** lbscope doctor: looks at all that a run needs, and changes nothing. */

import type { Config } from "../config/config.ts";
import { defaultConfig } from "../config/schema.ts";
import { examine, type Finding } from "../doctor/examine.ts";
import { overall, reportJson, reportLines } from "../doctor/report.ts";
import { readVersion } from "./build.ts";
import { lastingNeeds } from "./give-up-rights.ts";
import { ConfigError, readConfig } from "./read-config.ts";

/** False when something keeps a run from working. */
export async function doctor(
	{ config: file, json }: { readonly config: string | undefined; readonly json: boolean },
	print: (text: string) => void,
): Promise<boolean> {
	const { config, finding } = configOrDefaults(file);
	const findings = [finding, ...(await examine({ config, needs: needsOrNone(config, file) }))];
	const text = json ? reportJson(readVersion(), findings) : reportLines(findings).join("\n");
	print(`${text}\n`);
	return overall(findings) !== "fail";
}

/** With a file that is wrong the node is looked at all the same. */
function configOrDefaults(file: string | undefined): { config: Config; finding: Finding } {
	try {
		const config = readConfig(file);
		const text = `${file ?? "the defaults"}: ${config.services.length} services, ${config.firewall.rules.length} firewall rules`;
		return { config, finding: { check: "config", status: "ok", text } };
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		const text = `${error.message.split("\n")[0]}; the rest is about the defaults`;
		return {
			config: defaultConfig,
			finding: { check: "config", status: "fail", text, todo: "lbscope check" },
		};
	}
}

/** Without libbpf they cannot be told, which is a finding of its own. */
function needsOrNone(config: Config, file: string | undefined) {
	try {
		return lastingNeeds(config, file);
	} catch {
		return [];
	}
}
