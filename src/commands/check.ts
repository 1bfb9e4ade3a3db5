/** lbscope check: does once what `run` does, and says each step. */

import type { Config } from "../config/config.ts";
import { describeDoor } from "../web/door.ts";
import { askSources } from "./ask-sources.ts";
import { checkLoxilb } from "./check-loxilb.ts";
import { openCounting } from "./exporter.ts";
import { openConfiguredDoor } from "./open-door.ts";

/** @throws at the first step that fails; what was attached is detached before. */
export async function check(config: Config, say: (line: string) => void): Promise<void> {
	say(`configuration: ${config.services.length} services, ${config.firewall.rules.length} firewall rules`);
	const door = openConfiguredDoor(config.web).first;
	say(`web: ${describeDoor(door)}`);
	if (config.source === "loxilb") {
		await checkLoxilb(config, say);
		say("ok");
		return;
	}
	await askSources(config, say);
	const failed = (of: string) => (failure: string | undefined) =>
		failure && say(`${of} firewall: ${failure}`);
	const otherFirewalls = { host: failed("host"), loxilb: failed("LoxiLB") };
	// An exporter that runs must not lose its filters to a check.
	const counting = await openCounting(config, { replace: false, otherFirewalls });
	try {
		for (const reason of counting.uncounted) say(`not counted: ${reason}`);
		say(`loaded: the kernel takes the programs, ${counting.object.maps.size} maps made`);
		const changes = await counting.interfaces.syncInTurns();
		for (const { interface: name, what, detail } of changes) say(`${what}: ${name} (${detail})`);
		if (changes.length === 0) say("attached: no interface found");
		const failure = changes.find(({ what }) => what === "failed");
		if (failure) throw new Error(`Cannot attach to ${failure.interface}: ${failure.detail}`);
		const reading = await counting.source.read();
		const pairs = reading.maps.find(({ map }) => map === "pairs")?.entries;
		say(`read: ${reading.services.length} service rows, ${pairs} pairs`);
	} finally {
		counting.close();
		say("detached");
	}
	say("ok");
}
