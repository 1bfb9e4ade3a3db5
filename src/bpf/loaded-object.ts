/** Maps and programs that the process has loaded before it gave up the right to. */
import { type DescribedMap, describeMap } from "./describe.ts";
import { handedOver, type LoadedDescriptors } from "./handover.ts";
import { getLibc } from "./libbpf.ts";
import type { MapDescription } from "./map-shape.ts";

const F_SETFD = 2;
const FD_CLOEXEC = 1;

export interface LoadedObject {
	readonly maps: readonly MapDescription[];
	/** File descriptors by name. */
	readonly programs: ReadonlyMap<string, number>;
	close(): void;
}

interface Descriptor {
	readonly name: string;
	readonly fd: number;
}

export function descriptorsOf(object: {
	readonly maps: ReadonlyMap<string, Descriptor>;
	programs(): readonly Descriptor[];
}): LoadedDescriptors {
	return {
		maps: Object.fromEntries([...object.maps].map(([name, { fd }]) => [name, fd])),
		programs: Object.fromEntries(object.programs().map(({ name, fd }) => [name, fd])),
	};
}

/** `expected`: the maps as they are wanted now. Undefined when there is nothing that fits. */
export function takeLoaded(path: string, expected: readonly DescribedMap[]): LoadedObject | undefined {
	const descriptors = handedOver(path);
	if (!descriptors) return undefined;
	const fds = [...Object.values(descriptors.maps), ...Object.values(descriptors.programs)];
	const close = () => {
		for (const fd of fds.splice(0)) getLibc().close(fd);
	};
	for (const fd of fds) getLibc().fcntl(fd, F_SETFD, FD_CLOEXEC);
	// The kernel keeps no more than 15 bytes of a name.
	const maps = Object.entries(descriptors.maps).map(([name, fd]) => ({ ...describeMap(fd), name }));
	if (expected.every((map) => maps.some((found) => isLike(found, map))))
		return { maps, programs: new Map(Object.entries(descriptors.programs)), close };
	close();
	return undefined;
}

function isLike(found: DescribedMap, expected: DescribedMap): boolean {
	const { name, type, keySize, valueSize, maxEntries } = expected;
	const isSame =
		found.keySize === keySize && found.valueSize === valueSize && found.maxEntries === maxEntries;
	return found.name === name && found.type === type && isSame;
}
