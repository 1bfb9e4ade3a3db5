import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeLabelValue } from "../../src/metrics/family-text.ts";
import { createLabelEncoder } from "../../src/metrics/label-bytes.ts";

describe("labels encoded byte by byte", () => {
	const encode = createLabelEncoder(["service", "sip"]);

	function encoded(values: readonly string[]): string {
		const { bytes, length } = encode(values);
		return Buffer.from(bytes.subarray(0, length)).toString();
	}

	it.each([
		[["web", "10.0.0.1"], 'service="web",sip="10.0.0.1"'],
		[['a"b\\c\nd', "::1"], String.raw`service="a\"b\\c\nd",sip="::1"`],
		[["", ""], 'service="",sip=""'],
		[["Büro 🚀", "é"], 'service="Büro 🚀",sip="é"'],
	])("%j", (values, expected) => expect(encoded(values)).toBe(expected));

	it("are the same as those of other families, however long", () => {
		const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ minLength: 2_000, maxLength: 3_000 }));
		fc.assert(
			fc.property(text, text, (service, sip) => {
				const expected = `service="${escapeLabelValue(service)}",sip="${escapeLabelValue(sip)}"`;
				expect(encoded([service, sip])).toBe(expected);
			}),
		);
	});
});
