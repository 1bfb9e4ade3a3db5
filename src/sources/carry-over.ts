/** What was counted with other limits or layouts, for a set of maps that comes after it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { BpfObject } from "../bpf/object.ts";
import { stepsOf } from "./carry-steps.ts";
import { copyFlows } from "./copy-flows.ts";
import { copyMacs, copyNames } from "./copy-names.ts";
import { runStep } from "./inbox.ts";
import { bindLayouts } from "./layouts.ts";
import type { Former } from "./map-sets.ts";
import { type DataPathOptions, openDataPath } from "./open-data-path.ts";

/** Packets that the former programs may still be at work on. */
const LAST_PACKETS_MS = 50;

/** New maps that know the names and the flows of the former ones, so that hardly a flow is unknown when programs are swapped. */
export async function openSuccessor(
	options: DataPathOptions,
	former: Former | undefined,
): Promise<BpfObject> {
	const object = openDataPath(options, { prepare: (made) => former && copyNames(former, made) });
	try {
		if (former) await copyMacs(former, object);
		if (former) await copyFlows(former, object, bindLayouts(object.structs));
		return object;
	} catch (error) {
		object.close();
		throw error;
	}
}

/** Oldest first. To be called when no program of them runs any more. */
export async function carryOver(
	formers: readonly Former[],
	object: BpfObject,
	{ limits: { clientPrefix } }: DataPathOptions,
): Promise<void> {
	const newest = formers.at(-1);
	if (!newest) return;
	const { structs } = object;
	const layouts = bindLayouts(structs);
	await sleep(LAST_PACKETS_MS);
	await copyFlows(newest, object, layouts);
	let number = 0;
	for await (const { program, rows } of stepsOf(formers, { structs, layouts, clientPrefix })) {
		await runStep(object, program, rows, layouts, ++number);
	}
}
