/** When a replay polls: at the moments at which an exporter would have that was started with the capture. */

export interface PollTimes {
	isDue(timeNs: number): boolean;
	/** All polls that are due by then. */
	upTo(timeNs: number): Promise<void>;
	/** The one that ends the interval of the last packet. */
	last(timeNs: number): Promise<void>;
}

/** Gives whether any flow is left. */
export type PollAt = (timeNs: number) => Promise<boolean>;

/** Longer than the windows of the page: what comes after so much silence does not depend on how long it was. */
const SILENCE_NS = 180e9;
/** Bytes of flows without endpoint wait for a second (bpf/walk.h), and a tick. */
const ENDPOINT_WAIT_NS = 1.1e9;

export function createPollTimes(intervalMs: number, poll: PollAt): PollTimes {
	const intervalNs = intervalMs * 1e6;
	let next: number | undefined;
	const pollAt = async (timeNs: number) => {
		next = timeNs + intervalNs;
		return poll(timeNs);
	};
	const upTo = async (timeNs: number) => {
		if (next === undefined) await pollAt(timeNs);
		while ((next as number) <= timeNs) {
			const flowsAreLeft = await pollAt(next as number);
			if (!flowsAreLeft) next = afterSilence(next as number, timeNs, intervalNs);
		}
	};
	return {
		isDue: (timeNs) => next === undefined || timeNs >= next,
		upTo,
		async last(timeNs) {
			await upTo(timeNs);
			await pollAt(Math.max(next as number, timeNs + ENDPOINT_WAIT_NS));
		},
	};
}

/** A capture may be silent for days. */
function afterSilence(next: number, until: number, intervalNs: number): number {
	const spared = Math.floor((until - next - SILENCE_NS) / intervalNs);
	return spared > 0 ? next + spared * intervalNs : next;
}
