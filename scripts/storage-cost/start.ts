/** The two databases, on ports of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Started {
	readonly child: ChildProcess;
	readonly url: string;
}

const PROMETHEUS = "127.0.0.1:29090";
const VICTORIA = "127.0.0.1:28428";

export function startVictoria(folder: string): Started {
	const flags = [`-storageDataPath=${join(folder, "victoria")}`, `-httpListenAddr=${VICTORIA}`];
	return { child: spawn("victoria-metrics", flags, { stdio: "ignore" }), url: `http://${VICTORIA}` };
}

export function startPrometheus(folder: string, config: object): Started {
	const file = join(folder, "prometheus.yml");
	writeFileSync(file, JSON.stringify(config));
	const flags = [
		`--config.file=${file}`,
		`--storage.tsdb.path=${join(folder, "prometheus")}`,
		`--web.listen-address=${PROMETHEUS}`,
	];
	return { child: spawn("prometheus", flags, { stdio: "ignore" }), url: `http://${PROMETHEUS}` };
}

export async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null) return;
	child.kill("SIGTERM");
	await once(child, "exit");
}
