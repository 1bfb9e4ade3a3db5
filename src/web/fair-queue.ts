/** Work that is done one after another, by turns of those who asked for it. */

export interface FairQueue {
	/** Undefined when the client, or all together, already wait for as much as they may. */
	add<T>(client: string, work: () => Promise<T>): Promise<T> | undefined;
}

export interface FairQueueLimits {
	readonly perClient: number;
	readonly total: number;
}

export function createFairQueue({ perClient, total }: FairQueueLimits): FairQueue {
	/** The first is whose turn it is. */
	const waiting = new Map<string, (() => Promise<void>)[]>();
	let count = 0;
	let isRunning = false;

	async function run(): Promise<void> {
		if (isRunning) return;
		isRunning = true;
		for (let next = take(); next !== undefined; next = take()) await next();
		isRunning = false;
	}

	function take(): (() => Promise<void>) | undefined {
		const [client, works] = waiting.entries().next().value ?? [];
		if (client === undefined || works === undefined) return undefined;
		const work = works.shift();
		waiting.delete(client);
		if (works.length > 0) waiting.set(client, works);
		count--;
		return work;
	}

	return {
		add(client, work) {
			const works = waiting.get(client) ?? [];
			if (works.length >= perClient || count >= total) return undefined;
			count++;
			waiting.set(client, works);
			return new Promise((resolve, reject) => {
				works.push(() => work().then(resolve, reject));
				void run();
			});
		},
	};
}
