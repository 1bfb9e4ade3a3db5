/** The interfaces that are wanted, looked for again and again. */
import { type Interfaces, interfacesInSteps, type Wanted } from "./find-interfaces.ts";
import { atOnce } from "./in-turns.ts";
import { LinkNotices } from "./link-notices.ts";

/** The kernel tells of every change; should it ever not have, it is seen so many looks later. */
const LOOKS_PER_READING = 10;

interface Reading {
	readonly wanted: Wanted;
	readonly found: Interfaces;
	looks: number;
}

export class InterfaceFinder {
	/** None for other namespaces: held open it would keep them from going. Their links are read at every look. */
	#notices: LinkNotices | undefined;
	#last: Reading | undefined;

	/** What was read last, the same object as long as it is still so. Undefined: the links must be read. */
	known(wanted: Wanted): Interfaces | undefined {
		const hasNews = this.#notices?.take() ?? true;
		const last = this.#last;
		if (!hasNews && last?.wanted === wanted && ++last.looks < LOOKS_PER_READING) return last.found;
		this.#last = undefined;
		return undefined;
	}

	read(wanted: Wanted): Interfaces {
		return atOnce(this.readInSteps(wanted));
	}

	*readInSteps(wanted: Wanted): Generator<void, Interfaces> {
		const isOwn = wanted === "auto" || wanted.every(({ netns }) => netns === undefined);
		// First of all, so that what changes while the links are read is told of at the next look.
		if (isOwn) this.#notices ??= new LinkNotices();
		const found = yield* interfacesInSteps(wanted);
		if (isOwn) this.#last = { wanted, found, looks: 0 };
		return found;
	}

	/** The next look reads the links, whatever the kernel says. */
	forget(): void {
		this.#last = undefined;
	}

	close(): void {
		this.#notices?.close();
		this.#notices = undefined;
	}
}
