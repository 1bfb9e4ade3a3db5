/**
 * Keeps the counts of flows that conntrack forgets: its DESTROY events carry them. They are few, for idle flows are
 * remembered longer than any test lasts: the kernel removes those that have timed out hundreds at a time, and conntrack
 * 1.4.7 sets the buffer that it is asked for on another socket than that of its events, which has room for 277.
 */
import { type ConntrackRow, conntrackRows, parseConntrack } from "./conntrack.ts";
import type { Lab } from "./lab.ts";
import type { LabProcess } from "./processes.ts";
import { inNetns, run } from "./run.ts";

export interface ConntrackWatch {
	/** Every flow that began since the watch did, ended or not; the watch stops. */
	finish(): Promise<ConntrackRow[]>;
}

const REMEMBERED_SECONDS = 600;
const REMEMBER = `
for timeout in /proc/sys/net/netfilter/nf_conntrack_*timeout*; do
	[ "$(cat "$timeout")" -ge ${REMEMBERED_SECONDS} ] || echo ${REMEMBERED_SECONDS} >"$timeout"
done
`;
/** Destinations of marker flows: TEST-NET-3, which nothing in a lab uses. */
const MARKER = "203.0.113.1";

/** Begin it while the lab is quiet: earlier flows are flushed, and with them what NAT knows of open connections. */
export async function watchConntrack(lab: Lab): Promise<ConntrackWatch> {
	await run(inNetns(lab.balancer.netns, ["sh", "-e"]), REMEMBER);
	await run(inNetns(lab.balancer.netns, ["conntrack", "-F"]));
	const argv = ["conntrack", "-E", "-e", "DESTROY", "-o", "extended,id"];
	const watcher = lab.spawn(lab.balancer.netns, argv, { timeoutMs: 300_000 });
	await sendMarkersUntilSeen(lab, watcher, 1);
	return {
		async finish() {
			await sendMarkersUntilSeen(lab, watcher, 2);
			const living = await conntrackRows(lab);
			await sendMarkersUntilSeen(lab, watcher, 3);
			const { stdout, stderr } = await watcher.stop();
			if (stderr.includes("ENOBUFS")) throw new Error(`Cannot trust the conntrack events: ${stderr}`);
			return mergeRows(parseConntrack(stdout), living);
		},
	};
}

/** A flow that ended while the living were read (after marker 2) stands in both; its event has the last word. */
function mergeRows(ended: readonly ConntrackRow[], living: readonly ConntrackRow[]): ConntrackRow[] {
	const lookedAt = ended.findIndex((row) => isMarker(row) && row.original.sourcePort === 2);
	const endedMeanwhile = new Set(ended.slice(lookedAt).map((row) => row.id));
	const stillLiving = living.filter((row) => !endedMeanwhile.has(row.id));
	return [...ended, ...stillLiving].filter((row) => !isMarker(row));
}

function isMarker(row: ConntrackRow): boolean {
	return row.original.destination === MARKER;
}

/**
 * A made-up flow, deleted at once, whose event has to arrive: at the start it tells that the watcher listens, at the end
 * that it has read all earlier events.
 */
async function sendMarkersUntilSeen(lab: Lab, watcher: LabProcess, sourcePort: number): Promise<void> {
	const marker = ["-p", "udp", "-s", MARKER, "-d", MARKER, "--sport", String(sourcePort), "--dport", "9"];
	for (let attempt = 0; attempt < 50; attempt++) {
		await run(inNetns(lab.balancer.netns, ["conntrack", "-I", ...marker, "-t", "60"]));
		await run(inNetns(lab.balancer.netns, ["conntrack", "-D", ...marker]));
		const seen = await watcher.waitFor(`dst=${MARKER} sport=${sourcePort}`, 100).then(
			() => true,
			() => false,
		);
		if (seen) return;
	}
	throw new Error("Cannot watch conntrack: its events do not arrive");
}
