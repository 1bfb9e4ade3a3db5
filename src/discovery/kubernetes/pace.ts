/** How patient the client is. */
export interface Pace {
	/** Between tries: doubles with each failure in a row. */
	readonly firstPauseMs: number;
	readonly longestPauseMs: number;
	/** Until the head of an answer is there. */
	readonly headMs: number;
	/** For a page of a list. */
	readonly pageMs: number;
	/** The server is asked to end a watch after this to twice this, so that nodes spread over servers again. */
	readonly watchMs: number;
	/** Between two deliveries. */
	readonly gatherMs: number;
	/** Between looks at the addresses of the node, which come and go without a word from the server. */
	readonly addressesMs: number;
}

export const PACE: Pace = {
	// Pauses and watches as client-go has them: API servers are used to it.
	firstPauseMs: 800,
	longestPauseMs: 30_000,
	headMs: 30_000,
	pageMs: 60_000,
	watchMs: 300_000,
	// A rollout changes a slice per pod. kube-proxy itself gathers for a second before a service carries traffic.
	gatherMs: 500,
	addressesMs: 10_000,
};

/** Between half and all of it, by `random` from 0 to 1, so that the nodes of a cluster do not come back at once. */
export function pauseMs({ firstPauseMs, longestPauseMs }: Pace, failures: number, random: number): number {
	const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, failures - 1));
	return longest * (0.5 + random / 2);
}
