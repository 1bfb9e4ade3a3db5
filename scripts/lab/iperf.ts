/** iperf3 through the lab, for as much traffic as the machine can make. */
import type { Lab } from "./lab.ts";

export interface IperfOptions {
	readonly protocol: "tcp" | "udp";
	readonly family?: 4 | 6;
	/** Any further arguments of the client: `["-l", "64", "-b", "0"]`. */
	readonly args?: readonly string[];
	readonly seconds?: number;
}

export interface IperfResult {
	readonly seconds: number;
	readonly sentBytes: number;
	readonly receivedBytes: number;
	/** UDP only: datagrams sent, and those that did not arrive. */
	readonly packets: number | undefined;
	readonly lostPackets: number | undefined;
}

interface Sum {
	readonly bytes: number;
	readonly seconds: number;
	readonly packets?: number;
	readonly lost_packets?: number;
}

export async function runIperf(lab: Lab, options: IperfOptions): Promise<IperfResult> {
	const { protocol, family = 4, args = [], seconds = 3 } = options;
	const { vip, port } = lab.service(family === 4 ? "iperf" : "iperf-v6");
	const [client, endpoint] = [lab.clients[0], lab.endpoints[0]];
	if (!client || !endpoint) throw new Error("Cannot run iperf3: the lab has no client");
	const timeoutMs = (seconds + 20) * 1000;
	const server = lab.spawn(endpoint.netns, ["iperf3", "-s", "-1", "--forceflush", "-p", String(port)], {
		timeoutMs,
	});
	await server.waitFor("listening");
	const argv = ["iperf3", "-c", vip, "-p", String(port), "-J", "-t", String(seconds), ...args];
	const running = lab.spawn(client.netns, protocol === "udp" ? [...argv, "-u"] : argv, { timeoutMs });
	const { code, stdout, stderr } = await running.ended;
	await server.stop();
	if (code !== 0) throw new Error(`Cannot run iperf3: exit ${code}\n${stderr}${stdout}`);
	return resultOf(JSON.parse(stdout).end as Record<"sum" | "sum_sent" | "sum_received", Sum | undefined>);
}

function resultOf(end: Record<"sum" | "sum_sent" | "sum_received", Sum | undefined>): IperfResult {
	const { sum, sum_sent: sent, sum_received: received } = end;
	if (sum?.packets === undefined) {
		const [sentBytes, receivedBytes] = [sent?.bytes ?? 0, received?.bytes ?? 0];
		return {
			seconds: sent?.seconds ?? 0,
			sentBytes,
			receivedBytes,
			packets: undefined,
			lostPackets: undefined,
		};
	}
	const { packets, lost_packets: lostPackets = 0, bytes, seconds } = sum;
	const receivedBytes = bytes * (1 - lostPackets / packets);
	return { seconds, sentBytes: bytes, receivedBytes, packets, lostPackets };
}
