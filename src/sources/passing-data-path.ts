/** A data path whose counts end with this process: nothing is pinned. */
import type { BpfObject } from "../bpf/object.ts";
import { carryOver, openSuccessor } from "./carry-over.ts";
import type { LastingDataPath } from "./lasting-data-path.ts";
import { LASTING_MAPS } from "./lasting-maps.ts";
import { bindLastingLayouts } from "./layouts.ts";
import type { Former } from "./map-sets.ts";
import { type DataPathOptions, loadDataPathAside, openDataPath, setFor } from "./open-data-path.ts";
import { flowMapsOf, ownMapsOf } from "./shared-flows.ts";

export type PassingDataPath = Omit<LastingDataPath, "forgotten">;

/** `before`: what counts until carryOver() is called, and then no more. It goes on in the same maps when they fit. */
export async function openPassingDataPath(
	options: DataPathOptions,
	before?: Pick<PassingDataPath, "object" | "hash">,
): Promise<PassingDataPath> {
	const hash = setFor(options);
	const former = before && before.hash !== hash ? formerOf(before.object) : undefined;
	const reuse = former ? flowMapsOf(former, options) : before && lastingMaps(before.object);
	const wanted = { ...options, loaded: await loadDataPathAside(options, { ...(reuse && { reuse }) }) };
	const formers = former ? ownMapsOf([former], wanted.loaded) : [];
	const object = former ? await openSuccessor(wanted, formers[0]) : openDataPath(wanted);
	const close = () => object.close();
	return {
		object,
		hash,
		carryOver: () => carryOver(formers, object, options),
		abandon: close,
		close,
	};
}

function formerOf({ maps, structs }: BpfObject): Former {
	return { maps, structs, layouts: bindLastingLayouts(structs) };
}

function lastingMaps(object: BpfObject): Map<string, number> {
	return new Map(LASTING_MAPS.map((name) => [name, object.map(name).fd]));
}
