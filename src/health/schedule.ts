/**
 * When whose turn is: an interval is cut into slots, and an item keeps the one that it got by lot, so that turns come evenly
 * and not all at once. Without a clock: times are given to it, in ms of any clock that does not jump.
 */

/** So long a slot is at least: to wake up, and to look for answers a few times, costs as much as several probes. */
const MIN_SLOT_MS = 200;
const MAX_SLOTS = 512;

export interface Schedule<Item> {
	/** `lot`: 0 to below 1. */
	add(item: Item, lot: number): void;
	remove(item: Item): void;
	/** Whose turn has come since the last call; each once, however long that was. */
	due(nowMs: number): Turns<Item>;
	/** When due() has something to tell again; undefined: never. */
	nextAtMs(): number | undefined;
}

export interface Turns<Item> {
	readonly items: readonly Item[];
	/** Whole rounds that went by unseen: each item has lost so many turns. */
	readonly lostRounds: number;
}

export function createSchedule<Item>(intervalMs: number, startMs: number): Schedule<Item> {
	const count = Math.min(MAX_SLOTS, Math.max(1, Math.floor(intervalMs / MIN_SLOT_MS)));
	const slotMs = intervalMs / count;
	const slots = Array.from({ length: count }, () => new Set<Item>());
	const places = new Map<Item, Set<Item>>();
	/** Slots that have passed since the start. */
	let passed = 0;
	const slotAt = (number: number) => slots[number % count] as Set<Item>;
	return {
		add(item, lot) {
			const slot = slotAt(Math.floor(lot * count));
			slot.add(item);
			places.set(item, slot);
		},
		remove(item) {
			places.get(item)?.delete(item);
			places.delete(item);
		},
		due(nowMs) {
			const until = Math.floor((nowMs - startMs) / slotMs);
			const missed = Math.max(0, until - passed);
			const first = until - Math.min(missed, count);
			const items: Item[] = [];
			for (let number = first; number < until; number++) items.push(...slotAt(number));
			passed = Math.max(passed, until);
			return { items, lostRounds: missed === 0 ? 0 : Math.ceil(missed / count) - 1 };
		},
		nextAtMs() {
			for (let ahead = 0; ahead < count; ahead++) {
				if (slotAt(passed + ahead).size > 0) return startMs + (passed + ahead + 1) * slotMs;
			}
			return undefined;
		},
	};
}
