/** Every source of services asked once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import type { Discovery } from "../discovery/discovery.ts";
import { discoverySources } from "./discovery-sources.ts";

const PATIENCE_MS = 10_000;

/** @throws when one that is named in the configuration cannot be asked, after all were */
export async function askSources(config: Config, say: (line: string) => void): Promise<void> {
	const skipped = (source: string, reason: string) => say(`services of ${source}: left out: ${reason}`);
	const sources = discoverySources(config, skipped).filter(({ name }) => name !== "static");
	const answers = await Promise.all(sources.map(ask));
	const refused: string[] = [];
	for (const [i, { name }] of sources.entries()) {
		const answer = answers[i] as Answer;
		say(`services of ${name}: ${"found" in answer ? `${answer.found} found` : answer.reason}`);
		if ("reason" in answer && isNamed(config, name)) refused.push(name);
	}
	if (refused.length > 0)
		throw new Error(`Cannot ask ${refused.join(", ")} for services: see above, expected an answer`);
}

type Answer = { readonly found: number } | { readonly reason: string };

/** The first word of the source. */
async function ask(source: Discovery): Promise<Answer> {
	const waiting = new AbortController();
	const answered = new Promise<Answer>((resolve) => {
		source.start(
			(services) => resolve({ found: services.length }),
			(reason) => resolve({ reason }),
		);
	});
	const silent = sleep(PATIENCE_MS, { reason: `no answer within ${PATIENCE_MS / 1000} s` }, waiting);
	try {
		return await Promise.race([answered, silent]);
	} finally {
		waiting.abort();
		silent.catch(() => {});
		await source.stop();
	}
}

function isNamed({ discovery }: Config, source: string): boolean {
	return Object.entries(discovery).some(([name, { enabled }]) => name === source && enabled === true);
}
