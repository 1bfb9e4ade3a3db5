import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/model/address.ts";
import { clientText, OTHER_CLIENTS } from "../../src/model/client-text.ts";
import { CLIENT_TEXT_WORDS, createClientWords, setClient } from "../../src/model/client-words.ts";

/** Told after another one, of which nothing may be left. */
function told(address: Uint8Array, prefix: number): string {
	const clients = createClientWords(2);
	clients.words.fill(-1);
	setClient(clients, 1, wordsOf(address), 0, prefix);
	const start = 4 * CLIENT_TEXT_WORDS;
	const length = clients.lengths[1] as number;
	const padding = clients.bytes.subarray(start + length, start + 4 * Math.ceil(length / 4));
	expect([...padding].every((byte) => byte === 0)).toBe(true);
	return Buffer.from(clients.bytes.subarray(start, start + length)).toString();
}

function wordsOf(address: Uint8Array): Uint32Array {
	return new Uint32Array(Uint8Array.from(address).buffer);
}

function bytesOf(text: string): Uint8Array {
	const address = parseAddress(text);
	if (address === undefined) throw new RangeError(`${text} is no address`);
	return address;
}

describe("a client told in words", () => {
	it.each([
		["10.0.0.1", 128, "10.0.0.1"],
		["255.255.255.255", 128, "255.255.255.255"],
		["0.0.0.0", 128, "0.0.0.0"],
		["10.1.2.0", 120, "10.1.2.0/24"],
		["::", 128, "::"],
		["::1", 128, "::1"],
		["2001:db8::", 48, "2001:db8::/48"],
		["1:0:0:2:0:0:0:3", 128, "1:0:0:2::3"],
		["1:0:0:2:0:0:3:4", 128, "1::2:0:0:3:4"],
		["1:0:2:0:3:0:4:0", 128, "1:0:2:0:3:0:4:0"],
		["1:2:3:4:5:6:0:0", 128, "1:2:3:4:5:6::"],
		["abcd:ef01:2345:6789:abcd:ef01:2345:6789", 127, "abcd:ef01:2345:6789:abcd:ef01:2345:6789/127"],
		["10.0.0.1", OTHER_CLIENTS, "other"],
	])("%s of %d bits is %s", (address, prefix, text) => expect(told(bytesOf(address), prefix)).toBe(text));

	it("is always what its text says", () => {
		const byte = fc.oneof(fc.constantFrom(0, 0, 0, 255), fc.nat(255));
		const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
		const gaps = fc.array(byte, { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes));
		const ipv4 = fc.tuple(byte, byte, byte, byte).map((octets) => bytesOf(octets.join(".")));
		fc.assert(
			fc.property(
				fc.oneof(ipv4, ipv6, gaps),
				fc.constantFrom(128, 128, 120, 96, 0, 255),
				(address, prefix) => {
					expect(told(address, prefix)).toBe(clientText(wordsOf(address), 0, prefix));
				},
			),
		);
	});
});
