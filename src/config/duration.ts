/** Durations as people write them: "500ms", "10s", "1h30m". A unit is never left out, so nobody has to guess it. */

const PATTERN = /^(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;
const UNITS = [
	["h", 3_600_000],
	["m", 60_000],
	["s", 1_000],
	["ms", 1],
] as const;

/** Milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
	const found = PATTERN.exec(text);
	if (!found || text === "") return undefined;
	return UNITS.reduce((sum, [, unitMs], i) => sum + Number(found[i + 1] ?? 0) * unitMs, 0);
}

/** The shortest text that parseDuration() reads back as `durationMs`, a whole number of milliseconds. */
export function formatDuration(durationMs: number): string {
	let restMs = durationMs;
	let text = "";
	for (const [unit, unitMs] of UNITS) {
		const count = Math.floor(restMs / unitMs);
		restMs -= count * unitMs;
		if (count > 0) text += `${count}${unit}`;
	}
	return text === "" ? "0s" : text;
}
