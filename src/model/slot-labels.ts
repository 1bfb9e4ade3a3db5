/** Labels of the service slots, numbered: several slots may share one. */

export interface SlotLabels {
	/** By number of the label. */
	readonly texts: readonly string[];
	/** Slots that are known. */
	readonly count: number;
	/** `labels` by slot: only the last ones may be new. */
	update(labels: readonly string[]): void;
	/** @throws {RangeError} when the slot is not known */
	labelOf(slot: number): number;
}

export function createSlotLabels(): SlotLabels {
	const texts: string[] = [];
	const numbers = new Map<string, number>();
	const bySlot: number[] = [];

	function numberOf(text: string): number {
		const number = numbers.get(text) ?? texts.push(text) - 1;
		numbers.set(text, number);
		return number;
	}

	return {
		texts,
		get count() {
			return bySlot.length;
		},
		update(labels) {
			for (const label of labels.slice(bySlot.length)) bySlot.push(numberOf(label));
		},
		labelOf(slot) {
			const label = bySlot[slot];
			if (label === undefined) {
				throw new RangeError(
					`Cannot name the service of slot ${slot}: it is not known, expected below ${bySlot.length}`,
				);
			}
			return label;
		},
	};
}
