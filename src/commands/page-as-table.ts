/** What a person wants to see of a page first. */
import type { EndpointRow, ServiceRow, Snapshot } from "../model/snapshot.ts";
import type { ReplayCounts } from "../replay/replay-counts.ts";

type Row = readonly (string | number)[];

const SERVICES = ["SERVICE", "REQUESTS", "ERRORS", "PACKETS", "BYTES", "SHARE"] as const;
const ENDPOINTS = ["SERVICE", "ENDPOINT", "BYTES", "SHARE"] as const;

export function pageAsTable({ dataPath }: Snapshot, { packets, seconds }: ReplayCounts): string {
	if (dataPath === undefined) return "";
	const { active, inactive } = dataPath.flows;
	const flows = `${active.tcp} TCP, ${active.udp} UDP, ${active.sctp} SCTP, ${inactive} inactive`;
	return [
		`${packets} packets in ${seconds.toFixed(3)} s; flows at the end: ${flows}`,
		table(SERVICES, dataPath.services.map(serviceRow)),
		table(ENDPOINTS, dataPath.endpoints.map(endpointRow)),
	]
		.join("\n\n")
		.concat("\n");
}

function serviceRow({ service, requests, errors, packets, bytes, share }: ServiceRow): Row {
	return [service, requests ?? "", errors ?? "", packets, bytes, percent(share)];
}

function endpointRow({ service, dip, bytes, share }: EndpointRow): Row {
	return [service, dip, bytes, percent(share)];
}

/** Of the last two minutes. */
function percent(share: number | undefined): string {
	return share === undefined ? "-" : `${(share * 100).toFixed(1)} %`;
}

/** Numbers to the right. */
function table(head: Row, rows: readonly Row[]): string {
	const all = [head, ...rows].map((row) => row.map(String));
	const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
	const isText = (i: number) => head[i] === "SERVICE" || head[i] === "ENDPOINT";
	const cell = (text: string, i: number) =>
		isText(i) ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
	return all.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
