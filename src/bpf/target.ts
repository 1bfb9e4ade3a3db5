/** Where programs are attached, and what comes of it. */
export type AttachKind = "tcx" | "clsact";
export type Direction = "ingress" | "egress";

export interface Attachment {
	readonly kind: AttachKind;
	/** False when the device is gone, or somebody took the programs off. */
	isAttached(): boolean;
	/** Takes both programs off; a device that is gone has taken them along. */
	detach(): void;
}

export interface Target {
	readonly name: string;
	readonly index: number;
	readonly netns: string | undefined;
}
