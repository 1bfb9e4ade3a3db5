/** An exporter that runs inside the load balancer's namespace, where its port is out of the host's reach. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { LabProcess } from "../../../scripts/lab/processes.ts";
import { inNamespace } from "../../../src/bpf/netns.ts";
import { openTcpSocket, socketAddress } from "../../../src/bpf/sockets.ts";
import { parseAddress } from "../../../src/model/address.ts";
import { type Page, parsePage } from "../page.ts";
import { startLbscope } from "./program.ts";

const PORT = 8080;
const REMOTE = socketAddress(parseAddress("127.0.0.1") as Uint8Array, PORT);
const LOOK_MS = 50;
/** For a loaded machine; every wait ends as soon as it can. */
const PATIENCE_MS = 20_000;

export interface InsideExporter {
	readonly process: LabProcess;
	/** The first page that `holds`. */
	pageWhere(holds: (page: Page) => boolean): Promise<Page>;
}

/** `under`: a command in front, such as setpriv. The file's `listen` is 127.0.0.1:8080, see insideConfig(). */
export async function startInside(
	lab: Lab,
	config: string,
	under: readonly string[] = [],
): Promise<InsideExporter> {
	const process = startLbscope(lab, ["run", "--config", config], { netns: lab.balancer.netns, under });
	const pageWhere = (holds: (page: Page) => boolean) => waitForPage(lab, process, holds);
	await pageWhere(() => true);
	return { process, pageWhere };
}

export async function waitForPage(
	lab: Lab,
	process: LabProcess,
	holds: (page: Page) => boolean,
): Promise<Page> {
	const deadline = performance.now() + PATIENCE_MS;
	let isOver = false;
	process.ended.then(() => {
		isOver = true;
	});
	for (;;) {
		const text = await fetchInside(lab.balancer.path).catch(() => undefined);
		const page = text === undefined ? undefined : parsePage(text);
		if (page && holds(page)) return page;
		if (isOver || performance.now() > deadline) {
			const { stderr } = await process.stop();
			throw new Error(`no such page within ${PATIENCE_MS} ms:\n${stderr}${text}`);
		}
		await sleep(LOOK_MS);
	}
}

async function fetchInside(netns: string): Promise<string> {
	const fd = inNamespace(netns, () => openTcpSocket(REMOTE));
	const createConnection = () => new Socket({ fd }).connect(PORT, "127.0.0.1");
	const asked = request({ path: "/metrics", createConnection, timeout: PATIENCE_MS }).end();
	const [answer] = (await once(asked, "response")) as [IncomingMessage];
	const text = await textOf(answer);
	if (answer.statusCode !== 200) throw new Error(text);
	return text;
}
