/** Rows of one size, one after another, in a Buffer that grows. New rows are zeros. */
export class RowBuffer {
	readonly stride: number;
	bytes = Buffer.alloc(0);
	/** Bytes in use. */
	length = 0;

	constructor(stride: number) {
		this.stride = stride;
	}

	/** Offset of a new row. */
	next(): number {
		const at = this.length;
		this.length += this.stride;
		if (this.length > this.bytes.length) {
			const grown = Buffer.alloc(Math.max(64 * this.stride, 2 * this.bytes.length));
			this.bytes.copy(grown);
			this.bytes = grown;
		}
		return at;
	}
}
