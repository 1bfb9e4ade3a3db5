/** lbscope replay as a user calls it, over the captures of test/captures. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseCommand } from "../../src/cli.ts";
import { type ReplayCommand, replay } from "../../src/commands/replay.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { createLog } from "../../src/log.ts";
import { pcap } from "../replay/write-capture.ts";
import { describeInKernel } from "./as-root.ts";
import { onLeg, tcpOn } from "./cast.ts";

const capture = (name: string) => fileURLToPath(new URL(`../captures/${name}`, import.meta.url));
const silent = createLog("error");
const WEB = ["--service", "10.99.0.1:80"];

/** What is printed, and what is thrown after that. */
async function run(...args: readonly string[]): Promise<{ printed: string; error: Error | undefined }> {
	let printed = "";
	const command = parseCommand(["replay", ...args]) as ReplayCommand;
	const done = replay(
		command,
		defaultConfig,
		(text) => {
			printed += text;
		},
		silent,
	);
	const error = await done.then(
		() => undefined,
		(thrown: Error) => thrown,
	);
	return { printed, error };
}

/** Value of a series of the page. */
function seriesOf(page: string, series: string): number {
	const line = page.split("\n").find((each) => each.startsWith(`${series} `));
	return Number(line?.slice(series.length));
}

async function withCapture<T>(content: Buffer, use: (file: string) => Promise<T>): Promise<T> {
	const directory = mkdtempSync(join(tmpdir(), "lbscope-test-"));
	try {
		writeFileSync(join(directory, "capture"), content);
		return await use(join(directory, "capture"));
	} finally {
		rmSync(directory, { recursive: true });
	}
}

describeInKernel("lbscope replay", () => {
	test("prints the page: both legs were captured, so endpoints are known and no packet counts twice", async () => {
		const { printed, error } = await run(capture("any.pcap"), ...WEB);
		expect(error).toBe(undefined);
		// By tshark, see oracle.test.ts: of this service 44 packets, one connection of the four reset by its client.
		expect(seriesOf(printed, 'service_traffic_packets{service="10.99.0.1:80"}')).toBe(44);
		expect(seriesOf(printed, 'total_requests_per_service{service="10.99.0.1:80"}')).toBe(4);
		expect(seriesOf(printed, 'total_errors_per_service{service="10.99.0.1:80"}')).toBe(1);
		expect(printed).not.toContain('dip="unknown"');
		expect(
			[...printed.matchAll(/^endpoint_traffic_bytes\{.*dip="(.*)"\}/gm)].map(([, dip]) => dip).sort(),
		).toEqual(["10.20.1.2", "10.20.2.2", "10.20.3.2"]);
	});

	test("finds with --auto whoever was asked for a connection, and not the endpoints behind", async () => {
		const { printed } = await run(capture("any.pcap"), "--auto", "--format", "json");
		const { metrics, capture: read } = JSON.parse(printed);
		const requests = metrics.find(({ name }: { name: string }) => name === "total_requests_per_service");
		const services = requests.series.map(({ labels }: { labels: { service: string } }) => labels.service);
		expect(services.sort()).toEqual([
			"10.99.0.1:38412/sctp",
			"10.99.0.1:38413/sctp",
			"10.99.0.1:80",
			"10.99.0.1:81",
			"[fd00:99::1]:38412/sctp",
			"[fd00:99::1]:80",
			"[fd00:99::1]:83",
		]);
		expect(read.copies).toBe(0);
	});

	test("of a damaged file prints what comes before the damage, and says at which byte that is", async () => {
		const whole = readFileSync(capture("made-vlan.pcap"));
		const { printed, error } = await withCapture(whole.subarray(0, 300), (file) => run(file, ...WEB));
		expect(seriesOf(printed, "processed_tcp_packets")).toBe(3);
		expect(error?.message).toMatch(
			/^Cannot read the capture at byte 266: a packet of 391 bytes ends after 18, expected all of it$/,
		);
	});

	test("tells time by the capture: a handshake that nobody answered has timed out in an hour of silence", async () => {
		const [to] = ["client to VIP"] as const;
		const syn = (port: number) => onLeg(to, "IPv4", tcpOn(to, { flags: "S", sequence: port }));
		const packets = [
			{ at: 1000, bytes: syn(1) },
			{ at: 4600, bytes: syn(2) },
		];
		const { printed } = await withCapture(pcap(packets), (file) => run(file, ...WEB));
		expect(seriesOf(printed, "total_requests")).toBe(2);
		expect(seriesOf(printed, "total_errors")).toBe(1);
		expect(seriesOf(printed, "new_flow_count")).toBe(1);
		expect(seriesOf(printed, "rps_requests")).toBe(0.1);
	});

	test("prints a table for people", async () => {
		const { printed } = await run(capture("made-raw.pcap"), ...WEB, "--format", "table");
		expect(printed).toBe(`20 packets in 0.297 s; flows at the end: 0 TCP, 0 UDP, 0 SCTP, 1 inactive

SERVICE       REQUESTS  ERRORS  PACKETS  BYTES    SHARE
10.99.0.1:80         1       0        6    593  100.0 %

SERVICE       ENDPOINT  BYTES    SHARE
10.99.0.1:80  unknown     593  100.0 %
`);
	});
});
