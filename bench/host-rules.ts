/** Rules of other people's firewalls, read as at each poll: nearly all of it on another thread. */
import { run } from "../scripts/lab/run.ts";
import { createHostFirewall } from "../src/firewall/host-firewall.ts";
import { openHostMaps } from "../src/firewall/host-maps.ts";
import { keptDrops } from "../src/firewall/kept-drops.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { type Sliced, slicesOf } from "./slices.ts";

const RULES = 1000;
const ROUNDS = 15;
const US_PER_MS = 1000;
const NETNS = "lbs-bench-rules";
const GOAL = { readMs: 100, sliceMs: 10 };

export const HOST_RULES: Figure = {
	name: "host-rules",
	async measure() {
		await run(["ip", "netns", "delete", NETNS]).catch(() => {});
		try {
			await run(["ip", "netns", "add", NETNS]);
			await run(["ip", "netns", "exec", NETNS, "nft", "-f", "-"], ruleset());
			return await measureReads();
		} finally {
			await run(["ip", "netns", "delete", NETNS]);
		}
	},
};

async function measureReads(): Promise<Result[]> {
	const maps = openHostMaps(undefined);
	try {
		const kept = keptDrops(maps.object);
		const firewall = createHostFirewall({ netns: `/run/netns/${NETNS}`, ownNames: new Set(), kept });
		// The first one reads all tables.
		await firewall.read();
		if (firewall.rules !== RULES) throw new Error(`Cannot measure: ${firewall.rules} rules were read`);
		const [reads, costs]: [Sliced[], number[]] = [[], []];
		for (let round = 0; round < ROUNDS; round++) {
			reads.push(await slicesOf(() => firewall.read()));
			const before = process.cpuUsage();
			await firewall.read();
			const { user, system } = process.cpuUsage(before);
			costs.push((user + system) / US_PER_MS);
		}
		return resultsOf(reads, costs);
	} finally {
		maps.close();
	}
}

function ruleset(): string {
	const rules = Array.from({ length: RULES }, (_, i) => {
		return `ip saddr 10.66.${i >> 8}.${i & 255} tcp dport ${1024 + i} counter drop comment "blocked client ${i}"`;
	});
	return `table inet guard {\nchain input {\ntype filter hook input priority 0\n${rules.join("\n")}\n}\n}\n`;
}

function resultsOf(reads: readonly Sliced[], costs: readonly number[]): Result[] {
	const of = (field: keyof Sliced) => spreadOf(reads.map((read) => read[field]));
	return [
		{
			title: `a read of ${RULES} rules of the host, of a CPU, all threads`,
			unit: "ms",
			spread: spreadOf(costs),
			goal: { atMost: GOAL.readMs },
		},
		{ title: "  until it is done", unit: "ms", spread: of("durationMs") },
		{ title: "  longest slice on the event loop", unit: "ms", spread: of("longestMs") },
		{ title: "  of a CPU", unit: "ms", spread: of("longestCpuMs"), goal: { atMost: GOAL.sliceMs } },
	];
}
