import { expect, test } from "vitest";
import type { PairColumns } from "../../src/model/reading.ts";
import { createEndpointNames } from "../../src/sources/endpoint-names.ts";
import { createAddressTexts, readPairs } from "../../src/sources/read-pairs.ts";
import { ADDRESS, layouts, MAC, mapRows, type PairRow, pairRow, UNKNOWN } from "./rows.ts";

function readerOf(neighbours: Parameters<typeof createEndpointNames>[0] = () => []) {
	return { layouts, texts: createAddressTexts(), names: createEndpointNames(neighbours, new Set()) };
}

/** Service, client, endpoint, packets, bytes. */
function rowsOf({ length, service, client, endpoint, packets, bytes, addresses }: PairColumns): unknown[][] {
	return Array.from({ length }, (_, i) => [
		service[i],
		addresses[client[i] ?? -1],
		addresses[endpoint[i] ?? -1],
		packets[i],
		bytes[i],
	]);
}

const PAIRS: readonly PairRow[] = [
	{ slot: 0, client: "10.1.0.1", endpoint: "10.2.0.1", kind: ADDRESS, packets: 3, bytes: 120 },
	{ slot: 1, client: "fd00::1", endpoint: "fd00::2", kind: ADDRESS, packets: 2 ** 40, bytes: 2 ** 53 - 1 },
	{ slot: 0, client: "10.1.0.1", endpoint: "", kind: UNKNOWN, packets: 1, bytes: 40 },
	{ slot: 0, client: "10.1.0.1", endpoint: "02:00:00:00:00:e1", kind: MAC, packets: 5, bytes: 200 },
];

test("every row of the map is a pair, with its endpoint as it was learned", () => {
	const columns = readPairs(mapRows(PAIRS.map(pairRow)), [], readerOf());
	expect(rowsOf(columns)).toEqual([
		[0, "10.1.0.1", "10.2.0.1", 3, 120],
		[1, "fd00::1", "fd00::2", 2 ** 40, 2 ** 53 - 1],
		[0, "10.1.0.1", "unknown", 1, 40],
		[0, "10.1.0.1", "02:00:00:00:00:e1", 5, 200],
	]);
});

test("a neighbour names an Ethernet address", () => {
	const neighbour = {
		address: Buffer.from([10, 2, 0, 9]),
		hardwareAddress: Buffer.from("0200000000e1", "hex"),
	};
	const columns = readPairs(
		mapRows(PAIRS.slice(3).map(pairRow)),
		[],
		readerOf(() => [neighbour]),
	);
	expect(rowsOf(columns)).toEqual([[0, "10.1.0.1", "10.2.0.9", 5, 200]]);
});

test("what found no room is a row of its own for each service that has some", () => {
	const overflow = [
		{ packets: 0, bytes: 0 },
		{ packets: 7, bytes: 700 },
	];
	const columns = readPairs(mapRows(PAIRS.slice(0, 1).map(pairRow)), overflow, readerOf());
	expect(rowsOf(columns)).toEqual([
		[0, "10.1.0.1", "10.2.0.1", 3, 120],
		[1, "other", "other", 7, 700],
	]);
});

test("an empty map has no pairs", () => {
	expect(readPairs(mapRows([]), [], readerOf())).toHaveLength(0);
});

test("an address has one text in all polls", () => {
	const reader = readerOf();
	const first = readPairs(mapRows(PAIRS.map(pairRow)), [], reader);
	const second = readPairs(mapRows(PAIRS.toReversed().map(pairRow)), [], reader);
	expect(second.addresses).toBe(first.addresses);
	expect(new Set(first.addresses).size).toBe(first.addresses.length);
	expect(rowsOf(second).toReversed()).toEqual(rowsOf(first));
});
