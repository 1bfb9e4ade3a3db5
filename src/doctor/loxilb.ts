/** The maps of LoxiLB, where they are what is read. */
import { missingCapabilities } from "../bpf/kernel-error.ts";
import { createLoxilbMaps } from "../sources/loxilb/bind-maps.ts";
import { bindLayouts, MAP_NAMES } from "../sources/loxilb/layouts.ts";
import { type Fact, fail, ok, type Patient, warn } from "./fact.ts";

export function checkLoxilb({ config, needs }: Patient): Fact[] {
	const rights = missingCapabilities(needs).map((text) => warn(`missing ${text}`, "see docs/loxilb-maps.md"));
	return [...rights, factOf(config.loxilb.pins)];
}

function factOf(pins: string | undefined): Fact {
	try {
		const { maps, close } = createLoxilbMaps(MAP_NAMES, pins).open();
		close();
		bindLayouts(maps);
		return ok(`its maps are found; a flow has ${maps.ct_map.valueSize} bytes in them`);
	} catch (error) {
		return fail((error as Error).message, "see docs/loxilb-maps.md");
	}
}
