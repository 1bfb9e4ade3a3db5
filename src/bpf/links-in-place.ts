/** Which pinned tcx links of this network namespace are on their interface, in the place that lbscope wants. */
import { closeSync } from "node:fs";
import { join } from "node:path";
import { type AttachmentPin, parsePinName } from "./attachment-pins.ts";
import { namespaceInode } from "./netns.ts";
import { isInPlace } from "./pinned-link.ts";
import { listPins, openPin } from "./pins.ts";

/** Paths of their pins. */
export function linksInPlace(directory: string): string[] {
	const own = namespaceInode(undefined);
	return listPins(directory)
		.flatMap((name) => parsePinName(name) ?? [])
		.filter(({ kind, netns }) => kind === "link" && netns === own)
		.filter((pin) => isPinInPlace(join(directory, pin.name), pin))
		.map(({ name }) => join(directory, name));
}

function isPinInPlace(path: string, { name, index, direction }: AttachmentPin): boolean {
	const fd = openPin(path);
	if (fd === undefined) return false;
	try {
		return isInPlace(fd, { name, index, netns: undefined }, direction);
	} catch {
		// It is no link.
		return false;
	} finally {
		closeSync(fd);
	}
}
