/** How patient the client is, in ms. Pauses and watches as client-go has them: API servers are used to it. */
export const PACE = {
	/** Between tries: doubles with each failure in a row. */
	firstPauseMs: 800,
	longestPauseMs: 30_000,
	/** Until the head of an answer is there. */
	headMs: 30_000,
	/** For a page of a list. */
	pageMs: 60_000,
	/** The server is asked to end a watch after this to twice this, so that nodes spread over servers again. */
	watchMs: 300_000,
	/** Between two deliveries: a rollout changes a slice per pod. kube-proxy itself gathers for a second. */
	gatherMs: 500,
	/** Between looks at the addresses of the node, which come and go without a word from the server. */
	addressesMs: 10_000,
};

export type Pace = Readonly<typeof PACE>;

/** Between half and all of it, by `random` from 0 to 1, so that the nodes of a cluster do not come back at once. */
export function pauseMs({ firstPauseMs, longestPauseMs }: Pace, failures: number, random: number): number {
	const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, failures - 1));
	return longest * (0.5 + random / 2);
}
