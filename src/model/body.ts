/** What a response sends: text in pieces, some of which the next page writes over once nobody holds them. */
export interface Body {
	readonly byteLength: number;
	/** From here on its pieces stay as they are, each until it is released. @throws when a newer page has begun. */
	hold(): readonly HeldPiece[];
}

export interface HeldPiece {
	readonly bytes: Uint8Array;
	/** To be called once. */
	release(): void;
}
