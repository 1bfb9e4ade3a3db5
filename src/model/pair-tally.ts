/** The pairs of one reading with equal ones merged, and what left between two readings. */
import { createNumberIndex, type NumberIndex } from "./number-index.ts";
import { type Numbering, numberTexts, translation } from "./numbering.ts";
import type { Reading } from "./reading.ts";
import { serviceKey } from "./service-tally.ts";

/** Columns of `length` rows; a row is one service key, client and endpoint, each by number. */
export interface PairTally {
	readonly length: number;
	readonly services: Numbering;
	readonly addresses: Numbering;
	readonly service: Uint32Array;
	readonly client: Uint32Array;
	readonly endpoint: Uint32Array;
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
	readonly index: NumberIndex;
}

export interface PairCount {
	readonly serviceKey: string;
	readonly sip: string;
	readonly dip: string;
	readonly bytes: number;
	readonly packets: number;
}

/** The three numbers as one, which is exact as expectExactKeys() holds. */
function rowKey(addresses: Numbering, service: number, client: number, endpoint: number): number {
	const range = addresses.texts.length;
	return (service * range + client) * range + endpoint;
}

/** @throws {RangeError} when keys would be no whole numbers any more, and two pairs could share one */
function expectExactKeys(services: Numbering, addresses: Numbering): void {
	const [serviceCount, addressCount] = [services.texts.length, addresses.texts.length];
	if (serviceCount * addressCount ** 2 < 2 ** 53) return;
	throw new RangeError(
		`Cannot tell pairs apart: ${serviceCount} services with ${addressCount} addresses, ` +
			"expected services * addresses^2 below 2^53",
	);
}

export function tallyPairs({ services: totals, pairs }: Pick<Reading, "services" | "pairs">): PairTally {
	const services = numberTexts(totals.map(serviceKey));
	const addresses = numberTexts(pairs.addresses);
	expectExactKeys(services, addresses);
	const service = new Uint32Array(pairs.length);
	const client = new Uint32Array(pairs.length);
	const endpoint = new Uint32Array(pairs.length);
	const bytes = new Float64Array(pairs.length);
	const packets = new Float64Array(pairs.length);
	const index = createNumberIndex(pairs.length);
	for (let i = 0; i < pairs.length; i++) {
		const serviceNumber = services.numbers[pairs.service[i] as number] as number;
		const clientNumber = addresses.numbers[pairs.client[i] as number] as number;
		const endpointNumber = addresses.numbers[pairs.endpoint[i] as number] as number;
		const row = index.findOrAdd(rowKey(addresses, serviceNumber, clientNumber, endpointNumber));
		service[row] = serviceNumber;
		client[row] = clientNumber;
		endpoint[row] = endpointNumber;
		bytes[row] = (bytes[row] as number) + (pairs.bytes[i] as number);
		packets[row] = (packets[row] as number) + (pairs.packets[i] as number);
	}
	return { length: index.size(), services, addresses, service, client, endpoint, bytes, packets, index };
}

/** Pairs of `before` that `now` lacks, or that began anew (deleted and made again between two polls). */
export function departedPairs(before: PairTally, now: PairTally): PairCount[] {
	const services = translation(before.services, now.services);
	const addresses = translation(before.addresses, now.addresses);
	const departed: PairCount[] = [];
	for (let i = 0; i < before.length; i++) {
		const service = services[before.service[i] as number] as number;
		const client = addresses[before.client[i] as number] as number;
		const endpoint = addresses[before.endpoint[i] as number] as number;
		const known = service >= 0 && client >= 0 && endpoint >= 0;
		const row = known ? now.index.find(rowKey(now.addresses, service, client, endpoint)) : -1;
		if (row < 0 || beganAnew(before, i, now, row)) departed.push(pairAt(before, i));
	}
	return departed;
}

function beganAnew(before: PairTally, i: number, now: PairTally, row: number): boolean {
	return (
		(now.bytes[row] as number) < (before.bytes[i] as number) ||
		(now.packets[row] as number) < (before.packets[i] as number)
	);
}

export function pairAt(tally: PairTally, row: number): PairCount {
	return {
		serviceKey: tally.services.texts[tally.service[row] as number] as string,
		sip: tally.addresses.texts[tally.client[row] as number] as string,
		dip: tally.addresses.texts[tally.endpoint[row] as number] as string,
		bytes: tally.bytes[row] as number,
		packets: tally.packets[row] as number,
	};
}
