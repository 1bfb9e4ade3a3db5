/** A file of any size through a window of it that moves forward. Bytes in the window may be written over by their reader. */
import { readSync } from "node:fs";
import { CaptureError } from "./capture-error.ts";

/** Small enough to stay in the cache of a CPU. */
const WINDOW_BYTES = 1 << 17;
/** No packet is longer: libpcap takes 256 KiB for the most, of USB 128 MiB. A length above this is damage. */
export const LONGEST_RECORD = 16 << 20;
const RETRY_MS = 10;

export class ByteWindow {
	bytes = Buffer.allocUnsafeSlow(WINDOW_BYTES);
	/** Of the same bytes: numbers are read off it several times as fast. */
	view = new DataView(this.bytes.buffer);
	/** Where the next byte to be read lies in `bytes`. */
	position = 0;
	readonly #fd: number;
	#end = 0;
	/** Of the first byte of the window in the file. */
	#base = 0;
	#atEnd = false;

	constructor(fd: number) {
		this.#fd = fd;
	}

	/** Of `position`, in the file. */
	get offset(): number {
		return this.#base + this.position;
	}

	/** Bytes from `position` to the end of the file; only after has() has said that there are too few. */
	get left(): number {
		return this.#end - this.position;
	}

	/** Whether `count` bytes follow: then they lie in `bytes`, from `position` on. */
	has(count: number): boolean {
		if (this.#end - this.position >= count) return true;
		this.#makeRoom(count);
		while (!this.#atEnd && this.#end < count) this.#fill();
		return this.#end >= count;
	}

	/** Bytes that nobody wants, however many. False: the file ends before. */
	skip(count: number): boolean {
		let left = count;
		while (left > 0) {
			if (!this.has(1)) return false;
			const step = Math.min(left, this.#end - this.position);
			this.position += step;
			left -= step;
		}
		return true;
	}

	#makeRoom(count: number): void {
		const bytes =
			count > this.bytes.length ? Buffer.allocUnsafeSlow(LONGEST_RECORD + WINDOW_BYTES) : this.bytes;
		this.bytes.copy(bytes, 0, this.position, this.#end);
		if (bytes !== this.bytes) this.view = new DataView(bytes.buffer);
		this.bytes = bytes;
		this.#base += this.position;
		this.#end -= this.position;
		this.position = 0;
	}

	#fill(): void {
		try {
			const read = readSync(this.#fd, this.bytes, this.#end, this.bytes.length - this.#end, null);
			this.#end += read;
			this.#atEnd = read === 0;
		} catch (error) {
			const { code, message } = error as NodeJS.ErrnoException;
			if (code === "EOF") this.#atEnd = true;
			// A pipe that another program has made non-blocking.
			else if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
			else throw new CaptureError(this.#base + this.#end, message, "a file that can be read");
		}
	}
}
