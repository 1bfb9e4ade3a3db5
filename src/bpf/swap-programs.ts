/** The programs of one object for those of another, on all interfaces. */
import type { BpfObject, Program } from "./object.ts";
import type { BothWays } from "./target.ts";

/** What packets of the interface begin with. */
export type Layer = "ethernet" | "ip";

export interface Swappable {
	readonly layer: Layer;
	readonly attachment: BothWays;
}

export function programsFor(object: BpfObject, layer: Layer): { ingress: Program; egress: Program } {
	return { ingress: object.program(`ingress_${layer}`), egress: object.program(`egress_${layer}`) };
}

/** All or, when it throws, none; gives what undoes it. What is attached no more is left out: it is attached anew. */
export function swapAll(all: Iterable<Swappable>, to: BpfObject, from: BpfObject): () => void {
	const swapped: Swappable[] = [];
	const programs = { ethernet: programsFor(to, "ethernet"), ip: programsFor(to, "ip") };
	const undo = () => {
		for (const each of swapped) if (each.attachment.isAttached()) swap(each, from);
	};
	// Looked at beforehand: from the first swap to the last, packets meet programs of both objects.
	const present = [...all].filter(({ attachment }) => attachment.isAttached());
	try {
		for (const each of present) {
			const { ingress, egress } = programs[each.layer];
			each.attachment.swap(ingress, egress);
			swapped.push(each);
		}
	} catch (error) {
		undo();
		throw error;
	}
	return undo;
}

function swap({ attachment, layer }: Swappable, object: BpfObject): void {
	const { ingress, egress } = programsFor(object, layer);
	attachment.swap(ingress, egress);
}
