/** Attachments that earlier runs left, as their pins tell: taken off when nobody wants them. */
import { closeSync } from "node:fs";
import { join } from "node:path";
import { type AttachmentPin, parsePinName } from "./attachment-pins.ts";
import { removeLeftFilter } from "./clsact.ts";
import { removeEmptyQdisc } from "./clsact-qdisc.ts";
import { programName } from "./describe.ts";
import { findNamespace } from "./netns.ts";
import { removePinnedLink } from "./pinned-link.ts";
import { listPins, openPin, unpin } from "./pins.ts";
import type { Target } from "./target.ts";

export interface Removal {
	/** Name of the pin, which is gone in any case. */
	readonly pin: string;
	/** Why what it told of may still be there. */
	readonly failure: string | undefined;
}

/** Whatever else is pinned in the directory stays. */
export function removeAllAttachments(directory: string): Removal[] {
	return removeAttachments(directory, new Set());
}

/** Removes all but those whose pins are `wanted`, by name. */
export function removeAttachments(directory: string, wanted: ReadonlySet<string>): Removal[] {
	return listPins(directory)
		.filter((name) => !wanted.has(name))
		.flatMap((name) => parsePinName(name) ?? [])
		.map((pin) => removeAttachment(directory, pin));
}

function removeAttachment(directory: string, pin: AttachmentPin): Removal {
	const path = join(directory, pin.name);
	try {
		if (pin.kind === "link") removePinnedLink(path);
		else removeNoted(path, pin);
		return { pin: pin.name, failure: undefined };
	} catch (error) {
		return { pin: pin.name, failure: (error as Error).message };
	} finally {
		unpin(path);
	}
}

/** Sorted by name, the filters go before the qdisc that they are on. */
function removeNoted(path: string, { kind, netns, index, direction }: AttachmentPin): void {
	const namespace = findNamespace(netns);
	if (!namespace) {
		throw new Error(
			`Cannot remove the ${kind} of interface ${index} (${direction}): its network namespace, ` +
				`inode ${netns}, is gone or out of sight`,
		);
	}
	const target: Target = { name: `interface ${index}`, index, netns: namespace.path };
	if (kind === "qdisc") removeEmptyQdisc(target);
	else removeLeftFilter(target, direction, programAt(path));
}

function programAt(path: string): string {
	const fd = openPin(path);
	if (fd === undefined) throw new Error(`Cannot open pin ${path}: it is gone`);
	try {
		return programName(fd);
	} finally {
		closeSync(fd);
	}
}
