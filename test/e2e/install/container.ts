/** Runs an image as the DaemonSet has it run, see run-container.sh. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { Ending, LabProcess } from "../../../scripts/lab/processes.ts";
import type { Image } from "./build-image.ts";

const ENGINE = fileURLToPath(new URL("run-container.sh", import.meta.url));
const NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];

export interface Container {
	/** What it does outside: process 1 of the container is its child. */
	readonly outside: LabProcess;
	/** Of its process 1, as seen from outside. */
	pid(): Promise<number>;
	/** SIGTERM to process 1, and nothing after it. */
	stop(): Promise<Ending>;
}

export interface ContainerMounts {
	/** In the place of the image's own. */
	readonly config: string;
	readonly bpffs: string;
}

/** In the load balancer's namespace. */
export function startContainer(
	lab: Lab,
	image: Image,
	{ config, bpffs }: ContainerMounts,
	args = image.arguments,
): Container {
	const { PATH = "/usr/sbin:/usr/bin:/sbin:/bin", ...others } = image.environment;
	const environment = Object.entries({ PATH, ...others }).map(([name, value]) => `${name}=${value}`);
	const [entrypoint = "", ...first] = image.entrypoint;
	const inside = [
		image.root,
		config,
		bpffs,
		environment.join(" "),
		`/usr/bin/${entrypoint}`,
		...first,
		...args,
	];
	const outside = lab.spawn(lab.balancer.netns, [...NAMESPACES, ENGINE, ...inside]);
	const pid = () => childOf(outside.pid);
	return {
		outside,
		pid,
		async stop() {
			process.kill(await pid(), "SIGTERM");
			return outside.ended;
		},
	};
}

async function childOf(pid: number): Promise<number> {
	return Number((await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim());
}
