/** At most so many tasks at once; the others wait their turn. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

export function createLimit(atOnce: number): Limit {
	const waiting: (() => void)[] = [];
	let running = 0;
	return async (task) => {
		if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
		else running++;
		try {
			return await task();
		} finally {
			const next = waiting.shift();
			// A place is handed over, not freed and taken again: nobody may slip in between.
			if (next) next();
			else running--;
		}
	};
}
