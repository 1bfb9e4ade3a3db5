/** A capture that cannot be read on; what came before it has been. */
export class CaptureError extends Error {
	/** Byte of the file at which what is wrong begins. */
	readonly offset: number;

	constructor(offset: number, found: string, expected: string) {
		super(`Cannot read the capture at byte ${offset}: ${found}, expected ${expected}`);
		this.offset = offset;
	}
}
