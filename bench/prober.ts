/** A process that does nothing but probe, for bench/probes.ts: `prober.ts PORT TYPE ENDPOINTS INTERVAL_MS`. */
import { createState } from "../src/health/endpoint-state.ts";
import { Prober } from "../src/health/prober.ts";
import type { Probe } from "../src/model/probe.ts";

const [port, type, endpoints, intervalMs] = process.argv.slice(2);
const probe: Probe =
	type === "http"
		? { type, path: "/", status: [{ first: 200, last: 299 }], host: undefined }
		: { type: "tcp" };

const states = Array.from({ length: Number(endpoints) }, (_, i) =>
	createState({
		address: `127.1.${i >> 8}.${i & 255}`,
		port: Number(port),
		protocol: "tcp",
		services: ["bench"],
		probe,
		told: undefined,
	}),
);
let missed = 0;
const prober = new Prober(
	{ intervalMs: Number(intervalMs), timeoutMs: 2000, concurrency: 1024, netns: undefined, rise: 1, fall: 1 },
	{
		changed: () => {},
		tried: (failure) => failure && console.error(failure),
		missed(probes) {
			missed += probes;
		},
	},
);
await prober.update(new Set(states));
prober.start();
process.on("message", () => {
	process.send?.({ missed, healthy: states.filter(({ healthy }) => healthy).length });
});
process.once("disconnect", () => process.exit());
