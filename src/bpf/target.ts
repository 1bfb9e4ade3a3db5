/** Where programs are attached, and what comes of it. */
import type { Program } from "./object.ts";

export type AttachKind = "tcx" | "clsact";
export type Direction = "ingress" | "egress";

export interface Attachment {
	readonly kind: AttachKind;
	/** Names of the pins that keep it, or the note of it. */
	readonly pins: readonly string[];
	/** False when the device is gone, or somebody took the programs off. */
	isAttached(): boolean;
	/** Takes the programs off, with their pins; a device that is gone has taken them along. */
	detach(): void;
	/** Leaves the programs on for the next run. A tcx link without a pin cannot be left: it is taken off. */
	release(): void;
}

export interface OneWay extends Attachment {
	/** In one step: each packet meets the program of before or this one. */
	swap(program: Program): void;
}

export interface BothWays extends Attachment {
	/** Each direction in one step; both or, when it throws, none. */
	swap(ingress: Program, egress: Program): void;
}

export interface Target {
	readonly name: string;
	readonly index: number;
	readonly netns: string | undefined;
}
