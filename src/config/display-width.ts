/** How many columns of a terminal a text takes. */

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian wide and full-width forms (UAX 11), flags, and what shows as an emoji. */
const WIDE = new RegExp(
	[
		"^[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Bopomofo}]",
		"^[\\u3000-\\u303e\\uff01-\\uff60\\uffe0-\\uffe6]",
		"^\\p{Regional_Indicator}{2}",
		"\\p{Emoji_Presentation}",
		"\\ufe0f",
	].join("|"),
	"u",
);
const HALF_WIDTH_KATAKANA = /^[\uff61-\uff9f]/;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

export function displayWidth(text: string): number {
	let width = 0;
	for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
	return width;
}

function graphemeWidth(grapheme: string): number {
	if (INVISIBLE.test(grapheme)) return 0;
	return WIDE.test(grapheme) && !HALF_WIDTH_KATAKANA.test(grapheme) ? 2 : 1;
}
