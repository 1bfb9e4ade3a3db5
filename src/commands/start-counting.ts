/** The data path of `run`: the lasting one where things can be pinned. */
import { takeLibbpfMessages } from "../bpf/libbpf-messages.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../log.ts";
import { type Counting, openCounting, openLastingCounting } from "./exporter.ts";
import type { FirewallOptions } from "./firewall.ts";
import type { Lost } from "./lost.ts";
import type { takePins } from "./pinned.ts";

export async function startCounting(
	config: Config,
	pinned: ReturnType<typeof takePins>,
	otherFirewalls: FirewallOptions["tried"],
	log: Log,
): Promise<Counting> {
	if ("reason" in pinned) {
		const { reason, detached } = pinned;
		if (config.pins.enabled) log.warn("nothing is pinned: counts begin anew with each run", { reason });
		if (detached > 0) log.warn("detached what an earlier run had left", { pins: config.pins.path });
		const counting = await openCounting(config, { replace: true, otherFirewalls });
		sayLost(counting, log);
		for (const message of takeLibbpfMessages()) log.warn("libbpf", { message });
		return counting;
	}
	const counting = await openLastingCounting(config, pinned, otherFirewalls);
	sayLost(counting, log);
	return counting;
}

export function sayLost({ forgotten, uncounted }: Lost, log: Log): void {
	for (const reason of forgotten) log.warn("counts of an earlier run are lost", { reason });
	for (const reason of uncounted) log.warn("not counted", { reason });
}
