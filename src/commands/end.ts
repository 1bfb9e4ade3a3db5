/** What ends the exporter. */

/** `ended` rejects with what `broken` is told. */
export function createEnd(): { broken: (error: Error) => void; ended: Promise<never> } {
	let broken: (error: Error) => void = () => {};
	const ended = new Promise<never>((_, reject) => {
		broken = reject;
	});
	// Somebody waits for it only once the exporter is ready.
	ended.catch(() => {});
	return { broken, ended };
}

export function aborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener("abort", () => resolve(), { once: true });
	});
}
