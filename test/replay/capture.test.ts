import { describe, expect, test } from "vitest";
import { readCapture } from "./read-capture.ts";
import { type CaptureShape, type PcapngShape, pcap, pcapng, type WrittenPacket } from "./write-capture.ts";

const BEGIN = 1_700_000_000;
const PACKETS: readonly WrittenPacket[] = [
	{ at: BEGIN + 0.25, bytes: Buffer.from("first packet, of 27 bytes..") },
	{ at: BEGIN + 0.5, bytes: Buffer.from("snapped"), wireLength: 1500 },
	{ at: BEGIN + 2.125, bytes: Buffer.from("last") },
];
const EXPECTED = [
	{ seconds: BEGIN, nanoseconds: 250_000_000, captured: 27, wireLength: 27 },
	{ seconds: BEGIN, nanoseconds: 500_000_000, captured: 7, wireLength: 1500 },
	{ seconds: BEGIN + 2, nanoseconds: 125_000_000, captured: 4, wireLength: 4 },
];
const HEXES = PACKETS.map(({ bytes }) => bytes.toString("hex"));

describe("pcap", () => {
	const shapes: readonly CaptureShape[] = [true, false].flatMap((littleEndian) =>
		[true, false].map((nanoseconds) => ({ littleEndian, nanoseconds, linkType: 276 })),
	);

	test.each(shapes)("is read in its byte order and unit of time: %o", (shape) => {
		const { packets, error } = readCapture(pcap(PACKETS, shape));
		expect(error).toBe(undefined);
		expect(packets).toMatchObject(EXPECTED);
		expect(packets.map(({ bytes }) => bytes)).toEqual(HEXES);
		expect(packets.map(({ linkType }) => linkType)).toEqual([276, 276, 276]);
	});

	test("is read through a window far smaller than the file", () => {
		const many = Array.from({ length: 3000 }, (_, i) => ({ at: BEGIN + i, bytes: Buffer.alloc(1000, i) }));
		const { packets, error } = readCapture(pcap(many));
		expect(error).toBe(undefined);
		expect(packets.map(({ bytes }) => bytes)).toEqual(many.map(({ bytes }) => bytes.toString("hex")));
	});

	test("may hold packets longer than the window", () => {
		const long = [{ at: BEGIN, bytes: Buffer.alloc(3 << 20, 7) }, ...PACKETS];
		expect(readCapture(pcap(long)).packets.map(({ captured }) => captured)).toEqual([3 << 20, 27, 7, 4]);
	});

	test("cut off anywhere gives what is whole, and says where the rest begins", () => {
		const whole = pcap(PACKETS);
		const begins = [24, 24 + 43, 24 + 43 + 23, whole.length];
		for (let length = 24; length < whole.length; length++) {
			const { packets, error } = readCapture(whole.subarray(0, length));
			const complete = begins.filter((begin) => begin <= length).length - 1;
			expect({ length, packets: packets.length }).toEqual({ length, packets: complete });
			expect(error?.offset).toBe(begins.includes(length) ? undefined : begins[complete]);
		}
	});

	test("with a senseless length in it is damaged there", () => {
		const whole = pcap(PACKETS);
		whole.writeUInt32LE(0x7fffffff, 24 + 43 + 8);
		const { packets, error } = readCapture(whole);
		expect(packets).toHaveLength(1);
		expect(error?.message).toBe(
			"Cannot read the capture at byte 67: a packet has 2147483647 bytes, expected 16777216 at most",
		);
	});
});

describe("pcapng", () => {
	const shapes: readonly PcapngShape[] = [
		{},
		{ littleEndian: false },
		{ digits: 9 },
		{ digits: 9, littleEndian: false, strangeBlocks: true },
		{ digits: 3 },
	];

	test.each(shapes)("is read in its byte order and unit of time: %o", (shape) => {
		const { packets, error } = readCapture(pcapng(PACKETS, shape));
		expect(error).toBe(undefined);
		expect(packets).toMatchObject(EXPECTED);
		expect(packets.map(({ bytes }) => bytes)).toEqual(HEXES);
	});

	test("says of each packet which interface, with which link layer, in which direction", () => {
		const [first, second, third] = PACKETS as [WrittenPacket, WrittenPacket, WrittenPacket];
		const told = [
			first,
			{ ...second, device: 1, direction: "in" as const },
			{ ...third, direction: "out" as const },
		];
		const { packets } = readCapture(pcapng(told, { interfaces: [1, 113] }));
		expect(packets.map(({ linkType, device, direction }) => [linkType, device, direction])).toEqual([
			[1, 0, undefined],
			[113, 1, "in"],
			[1, 0, "out"],
		]);
	});

	test("may hold several sections, each with its own byte order and interfaces", () => {
		const sections = [
			pcapng(PACKETS),
			pcapng(PACKETS, { littleEndian: false, interfaces: [101], digits: 9 }),
		];
		const { packets, error } = readCapture(Buffer.concat(sections));
		expect(error).toBe(undefined);
		expect(packets).toMatchObject([...EXPECTED, ...EXPECTED]);
		expect(packets.map(({ linkType }) => linkType)).toEqual([1, 1, 1, 101, 101, 101]);
	});

	test("cut off anywhere gives what is whole, and is an error unless a block ends there", () => {
		const whole = pcapng(PACKETS);
		for (let length = 28; length < whole.length; length++) {
			const { packets, error } = readCapture(whole.subarray(0, length));
			expect(packets.map(({ bytes }) => bytes)).toEqual(HEXES.slice(0, packets.length));
			if (error) expect(error.offset).toBeLessThanOrEqual(length);
			else expect(readCapture(whole.subarray(0, length + 1)).error?.offset).toBe(length);
		}
	});

	test.each<[string, (capture: Buffer) => void, string]>([
		[
			"a length that is no multiple of 4",
			(capture) => capture.writeUInt32LE(27, 4),
			"byte 0: a block has 27 bytes",
		],
		[
			"two lengths that differ",
			(capture) => capture.writeUInt32LE(64, 24),
			"byte 0: a block of 28 bytes ends as one of 64",
		],
		[
			"another byte order",
			(capture) => capture.writeUInt32LE(0, 8),
			"byte 0: the byte-order magic of a section is 0",
		],
	])("with %s is damaged", (_, damage, message) => {
		const capture = pcapng(PACKETS);
		damage(capture);
		expect(readCapture(capture).error?.message).toContain(message);
	});

	test("with a packet of an interface that nobody described is damaged", () => {
		const { error } = readCapture(pcapng([{ ...(PACKETS[0] as WrittenPacket), device: 3 }]));
		expect(error?.message).toContain("a packet is of interface 3, expected one of the 1 described");
	});
});

test.each<[string, Buffer, string]>([
	["nothing", Buffer.alloc(0), "there are 0 bytes, expected a pcap or pcapng file"],
	["a file of another kind", Buffer.from("#!/bin/sh\n"), "the file begins with 23212f62, expected"],
	[
		"a compressed capture",
		Buffer.from("1f8b0800", "hex"),
		'the file is gzip ("zcat FILE | lbscope replay -" reads it)',
	],
])("%s is no capture", (_, content, message) => {
	expect(readCapture(content).error?.message).toContain(message);
});
