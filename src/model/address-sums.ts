/** Traffic of the pairs summed by service label and one address: by client, or by endpoint. */
import { createNumberIndex } from "./number-index.ts";
import type { Numbering } from "./numbering.ts";

/** Columns of equal length, and the numberings of their texts. */
export interface AddressedTraffic {
	readonly length: number;
	readonly labels: Numbering;
	readonly addresses: Numbering;
	readonly label: Uint32Array;
	readonly address: Uint32Array;
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
}

export interface AddressSums {
	/** Once per label and address, in the order of their first pair. */
	forEach(visit: (label: string, address: string, bytes: number, packets: number) => void): void;
	has(label: string, address: string): boolean;
}

export function sumByAddress(columns: AddressedTraffic): AddressSums {
	const { length, labels, addresses } = columns;
	const range = addresses.texts.length;
	const index = createNumberIndex(length);
	const firstPair = new Uint32Array(length);
	const bytes = new Float64Array(length);
	const packets = new Float64Array(length);
	for (let i = 0; i < length; i++) {
		const key = (columns.label[i] as number) * range + (columns.address[i] as number);
		const sizeBefore = index.size();
		const row = index.findOrAdd(key);
		if (row === sizeBefore) firstPair[row] = i;
		bytes[row] = (bytes[row] as number) + (columns.bytes[i] as number);
		packets[row] = (packets[row] as number) + (columns.packets[i] as number);
	}
	return {
		forEach(visit) {
			for (let row = 0; row < index.size(); row++) {
				const pair = firstPair[row] as number;
				const label = labels.texts[columns.label[pair] as number] as string;
				const address = addresses.texts[columns.address[pair] as number] as string;
				visit(label, address, bytes[row] as number, packets[row] as number);
			}
		},
		has(label, address) {
			const labelNumber = labels.numberOf.get(label);
			const addressNumber = addresses.numberOf.get(address);
			if (labelNumber === undefined || addressNumber === undefined) return false;
			return index.find(labelNumber * range + addressNumber) >= 0;
		},
	};
}
