/** What `lbscope check` does with source: loxilb: finds the maps, reads them once, says what is in them. */
import type { Config } from "../config/config.ts";
import { openLoxilb } from "./open-loxilb.ts";

/** @throws when they cannot be found or read */
export async function checkLoxilb(config: Config, say: (line: string) => void): Promise<void> {
	const source = openLoxilb(config);
	const { flows, maps } = await source.read();
	const { services, uncounted } = source.services();
	const rows = maps.find(({ map }) => map === "ct_map")?.entries;
	const { tcp, udp, sctp } = flows.active;
	say(`read: LoxiLB has ${services.length + uncounted} rules, ${rows} rows of connections`);
	say(`flows: ${tcp + udp + sctp} active, ${flows.inactive} inactive`);
	if (uncounted > 0) say(`not counted: ${uncounted} rules, limits.services has no room for them`);
}
