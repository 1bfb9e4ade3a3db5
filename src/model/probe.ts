/** What an endpoint is asked to find out whether it is well. */

export const PROBE_TYPES = ["tcp", "http", "https", "none"] as const;
export type ProbeType = (typeof PROBE_TYPES)[number];

export type Probe = TcpProbe | HttpProbe | HttpsProbe | NoProbe;

/** Whether a connection is taken. */
export interface TcpProbe {
	readonly type: "tcp";
}

/** It is not asked. */
export interface NoProbe {
	readonly type: "none";
}

interface HttpRequest {
	readonly path: string;
	/** Any of these is well. */
	readonly status: readonly StatusRange[];
	/** Host header; undefined: address and port of the endpoint. */
	readonly host: string | undefined;
}

export interface HttpProbe extends HttpRequest {
	readonly type: "http";
}

export interface HttpsProbe extends HttpRequest {
	readonly type: "https";
	/** Asked for by SNI, and what the certificate must be for; undefined: no SNI, and the address of the endpoint. */
	readonly serverName: string | undefined;
	/** Whether any certificate will do. */
	readonly skipVerify: boolean;
	/** PEM file of the authorities that are trusted; undefined: those that Node.js comes with. */
	readonly caFile: string | undefined;
}

export interface StatusRange {
	readonly first: number;
	/** Itself part of the range. */
	readonly last: number;
}

export function formatStatuses(ranges: readonly StatusRange[]): string {
	return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(", ");
}
