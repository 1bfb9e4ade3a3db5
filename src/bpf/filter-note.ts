/** A note of a filter on a clsact qdisc, for the run that no longer wants it: a filter outlives its pins. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pinName } from "./attachment-pins.ts";
import { pin, unpin } from "./pins.ts";
import type { Direction, Target } from "./target.ts";

export interface FilterNote {
	readonly names: readonly string[];
	/** Whether the note of before says that lbscope made the qdisc. */
	isQdiscOurs(): boolean;
	write(program: number, isQdiscOurs: boolean): void;
	remove(): void;
}

/** A bpffs takes nothing but BPF objects: the note is a pin of the program, what it says is its name. */
export function filterNote(directory: string, target: Target, direction: Direction): FilterNote {
	const names = [pinName("filter", target, direction), pinName("qdisc", target, direction)] as const;
	const [filter, qdisc] = [join(directory, names[0]), join(directory, names[1])];
	const remove = () => {
		unpin(filter);
		unpin(qdisc);
	};
	return {
		names,
		isQdiscOurs: () => existsSync(qdisc),
		write(program, isQdiscOurs) {
			remove();
			pin(program, filter);
			if (isQdiscOurs) pin(program, qdisc);
		},
		remove,
	};
}
