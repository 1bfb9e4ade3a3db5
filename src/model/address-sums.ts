/** Traffic of the pairs summed by service label and one address: by client, or by endpoint. */
import { createNumberIndex } from "./number-index.ts";
import type { Numbering } from "./numbering.ts";
import type { Traffic } from "./snapshot.ts";

export interface AddressSum extends Traffic {
	readonly label: string;
	readonly address: string;
}

export interface AddressSums {
	readonly rows: readonly AddressSum[];
	has(label: string, address: string): boolean;
}

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

export function sumByAddress(columns: AddressedTraffic): AddressSums {
	const { length, labels, addresses } = columns;
	const range = addresses.texts.length;
	const index = createNumberIndex(length);
	const rows: { label: string; address: string; bytes: number; packets: number }[] = [];
	for (let i = 0; i < length; i++) {
		const label = columns.label[i] as number;
		const address = columns.address[i] as number;
		const bytes = columns.bytes[i] as number;
		const packets = columns.packets[i] as number;
		const known = rows[index.findOrAdd(label * range + address)];
		if (known === undefined) {
			rows.push({
				label: labels.texts[label] as string,
				address: addresses.texts[address] as string,
				bytes,
				packets,
			});
		} else {
			known.bytes += bytes;
			known.packets += packets;
		}
	}
	const has = (label: string, address: string) => {
		const labelNumber = labels.numberOf.get(label);
		const addressNumber = addresses.numberOf.get(address);
		if (labelNumber === undefined || addressNumber === undefined) return false;
		return index.find(labelNumber * range + addressNumber) >= 0;
	};
	return { rows, has };
}
