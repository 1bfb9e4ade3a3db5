export interface Result {
	readonly figure: string;
	/** Median, and minimum to maximum in brackets. */
	readonly value: string;
	readonly goal: { readonly text: string; readonly met: boolean } | undefined;
}
