/** The real programs, loaded, run once and read with small tables, and attached to nothing. */
import { readNeighbours } from "../bpf/netlink.ts";
import { verifiedInstructions } from "../bpf/program-stats.ts";
import type { Config } from "../config/config.ts";
import { createDataPathSource } from "../sources/data-path.ts";
import { openDataPath } from "../sources/open-data-path.ts";
import { type Fact, ok, type Patient } from "./fact.ts";

const SMALL = { flows: 1024, pairs: 1024, services: 16 };
/** What the verifier looks at in a program at most. */
const MOST_INSTRUCTIONS = 1_000_000;

export async function checkPrograms({ config }: Patient): Promise<Fact[]> {
	const object = openDataPath(small(config));
	try {
		const programs = object.programs();
		const most = Math.max(...programs.map(verifiedInstructions));
		const share = Math.round((100 * most) / MOST_INSTRUCTIONS);
		const source = createDataPathSource(object, [], {
			now: () => performance.now(),
			neighbours: () => readNeighbours(),
			firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
			interfaces: () => [],
		});
		await source.read();
		return [
			ok(
				`the kernel takes all ${programs.length}; the largest is ${share} % of what the verifier would look at`,
			),
			ok("the walker runs, and maps are read in batches"),
		];
	} finally {
		object.close();
	}
}

function small({ limits, timeouts }: Config) {
	return { services: [], limits: { ...limits, ...SMALL }, timeouts };
}
