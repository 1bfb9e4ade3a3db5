/** What the faults of a soak act on. */
import { createLab, type Lab } from "../../../scripts/lab/lab.ts";
import type { LabProcess } from "../../../scripts/lab/processes.ts";
import { program } from "../../../scripts/lab/programs.ts";
import { DEFAULT_SERVICES, type ServicePlan } from "../../../scripts/lab/services.ts";
import { type Exporter, startExporter } from "../exporter.ts";
import { type FakeClock, makeClock } from "./fake-clock.ts";
import { makeBpffs, type OwnBpffs } from "./own-bpffs.ts";
import { type RulesServer, startRulesServer } from "./rules-server.ts";

export interface Ground {
	readonly lab: Lab;
	readonly bpffs: OwnBpffs;
	readonly clock: FakeClock;
	readonly rules: RulesServer;
	/** What every exporter of the soak is started with. */
	readonly configured: Readonly<Record<string, unknown>>;
	startExporter(): Promise<Exporter>;
	/** Of the flapping endpoint; stopped and started by its fault. */
	startServer(): Promise<LabProcess>;
	remove(): Promise<void>;
}

/** Its servers are the soak's own, and one of them comes and goes. */
const FLAPPING: ServicePlan = {
	name: "flapping",
	protocol: "tcp",
	port: 90,
	endpointPort: 8090,
	endpoints: [1, 2],
	behaviour: "external",
};
/** The endpoint of it that comes and goes. */
export const FLAPPING_DIP = "10.20.2.2";
/** Told by the source of discovery, and not by the configuration. */
const FOUND = ["dns", "dns-v6"];

export async function makeGround(): Promise<Ground> {
	const lab = await createLab({ prefix: "soak", clients: 2, services: [...DEFAULT_SERVICES, FLAPPING] });
	const bpffs = await makeBpffs();
	await bpffs.mount();
	const clock = makeClock();
	const rules = await startRulesServer(lab.services.filter(({ label }) => FOUND.includes(label)));
	await startServer(lab, 1);
	const configured = configOf(lab, bpffs, rules);
	return {
		lab,
		bpffs,
		clock,
		rules,
		configured,
		startExporter: () => startExporter(lab, configured, clock.under),
		startServer: () => startServer(lab, 2),
		async remove() {
			await lab.remove();
			await rules.leave();
			await bpffs.remove();
			clock.remove();
		},
	};
}

async function startServer(lab: Lab, endpoint: number): Promise<LabProcess> {
	const { netns, address } = lab.endpoints[endpoint - 1] ?? {};
	const listen = `tcp/${FLAPPING.endpointPort}/answer`;
	const argv = program("serve.py", ["--addresses", address?.[4] ?? "", "--listen", listen]);
	const server = lab.spawn(netns, argv, { timeoutMs: 0 });
	await server.waitFor("ready");
	return server;
}

function configOf(lab: Lab, bpffs: OwnBpffs, rules: RulesServer): Record<string, unknown> {
	const listed = lab.services.filter(({ label }) => !FOUND.includes(label));
	return {
		pins: { path: bpffs.pins },
		services: listed.map(({ label, ...service }) => ({ name: label, ...service })),
		discovery: { loxilb: { url: rules.url, interval: "500ms", timeout: "500ms" } },
		health: { enabled: true, interval: "300ms", timeout: "200ms", rise: 2, fall: 2 },
		limits: { flows: 8192, pairs: 1024 },
		timeouts: { tcp_handshake: "10s" },
	};
}
