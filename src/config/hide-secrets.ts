/** A configuration that may be shown, as in a bug report: keys stay, secrets do not. */
import type { Config } from "./config.ts";

const HIDDEN = "<hidden>";

export function hideSecrets(config: Config): Config {
	const { loxilb } = config.discovery;
	if (loxilb.authorization === undefined) return config;
	return {
		...config,
		discovery: { ...config.discovery, loxilb: { ...loxilb, authorization: HIDDEN } },
	};
}
