/** What goes wrong in a soak. */
import { floodSyns, scrape, shrinkTables } from "./crowds.ts";
import { beginAnew, breakConfig, kill, setClock, unmount } from "./exporter-faults.ts";
import { cutLink, flapEndpoint, leaveSource } from "./network-faults.ts";
import type { Fault } from "./scene.ts";

export const FAULTS: readonly Fault[] = [
	{
		name: "interface deleted and made again",
		clients: [1],
		explains:
			/event="(interface gone|not attached)" interface=lbs-soak-lb.client2 reason="(it is gone|there is no such interface)"/,
		run: cutLink,
	},
	{ name: "exporter killed", clients: [1, 2], endsExporter: true, run: kill },
	{
		name: "configuration broken and repaired",
		clients: [1, 2],
		explains: /event="configuration not reloaded: the one before runs on"/,
		run: breakConfig,
	},
	{ name: "tables far too small", clients: [1, 2], run: shrinkTables },
	{ name: "SYN flood", clients: [1, 2], run: floodSyns },
	{ name: "clock set", clients: [1, 2], run: setClock },
	{ name: "endpoint flapping", clients: [1, 2], run: flapEndpoint },
	{ name: "100 scrapers at once", clients: [1, 2], run: scrape },
	{
		name: "source of services away",
		clients: [1, 2],
		explains: /event="services of loxilb may be out of date"/,
		run: leaveSource,
	},
	{
		name: "BPF file system unmounted",
		clients: [1, 2],
		endsExporter: true,
		run: unmount,
		afterwards: beginAnew,
	},
];
