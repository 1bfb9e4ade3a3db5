/** What the process tells itself over its start with fewer capabilities: see replace-process.ts. */
export interface Handover {
	/** By path of the object file. */
	readonly objects: Readonly<Record<string, LoadedDescriptors>>;
	/** Paths of the pinned links that were where they belong: to ask the kernel needs CAP_NET_ADMIN. */
	readonly inPlace: readonly string[];
	/** Names of capabilities. */
	readonly givenUp: readonly string[];
	/** For the log. */
	readonly kept: string;
}

/** File descriptors by name. */
export interface LoadedDescriptors {
	readonly maps: Readonly<Record<string, number>>;
	readonly programs: Readonly<Record<string, number>>;
}

const VARIABLE = "LBSCOPE_HANDOVER";

let taken: Handover | undefined;
const used = new Set<string>();

export function handoverEnvironment(handover: Handover): Record<string, string> {
	return { [VARIABLE]: JSON.stringify(handover) };
}

/** Undefined in a process that has not been started anew. */
export function getHandover(): Handover | undefined {
	const text = process.env[VARIABLE];
	if (text !== undefined) {
		taken = JSON.parse(text) as Handover;
		// Not for processes that this one may start.
		delete process.env[VARIABLE];
	}
	return taken;
}

/** True once for each: what was true at the start says nothing later. */
export function wasInPlace(path: string): boolean {
	return getHandover()?.inPlace.includes(path) === true && useOnce(path);
}

/** Once for each: whoever takes the descriptors closes them. */
export function handedOver(object: string): LoadedDescriptors | undefined {
	const found = getHandover()?.objects[object];
	return found && useOnce(object) ? found : undefined;
}

export function isGivenUp(capability: string): boolean {
	return getHandover()?.givenUp.includes(capability) === true;
}

function useOnce(what: string): boolean {
	if (used.has(what)) return false;
	used.add(what);
	return true;
}
