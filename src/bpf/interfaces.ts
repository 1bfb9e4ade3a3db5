/** The programs on the chosen interfaces: attached, and attached again when an interface vanishes and comes back. */
import { type AttachOptions, attach } from "./attachment.ts";
import { type Found, findInterfaces, type InterfaceName } from "./find-interfaces.ts";
import { removeAttachments } from "./leftovers.ts";
import { hasEthernetHeader } from "./links.ts";
import type { Link } from "./netlink.ts";
import type { BpfObject } from "./object.ts";
import { makePinDirectory } from "./pins.ts";
import { type Layer, programsFor, swapAll } from "./swap-programs.ts";
import type { BothWays } from "./target.ts";

export interface InterfaceChange {
	/** Its label; of what was `removed` the name of the pin. */
	readonly interface: string;
	readonly what: "attached" | "gone" | "failed" | "removed" | "left";
	/** How it was attached, why not, why it is gone or was removed. */
	readonly detail: string;
}

interface Attached {
	readonly index: number;
	readonly layer: Layer;
	readonly attachment: BothWays;
}

export class InterfaceSet {
	#object: BpfObject;
	#wanted: "auto" | readonly InterfaceName[];
	readonly #options: AttachOptions;
	readonly #attached = new Map<string, Attached>();
	/** Last failure by label, so that each is reported once. */
	readonly #failures = new Map<string, string>();
	/** Labels whose programs somebody took off: two lbscopes must not take a clsact place from each other for ever. */
	readonly #contested = new Set<string>();
	#areLeftoversGone = false;

	constructor(object: BpfObject, wanted: "auto" | readonly InterfaceName[], options: AttachOptions = {}) {
		this.#object = object;
		this.#wanted = wanted;
		this.#options = options;
	}

	/** Brings the attachments in line with the interfaces that exist now, and tells what changed. */
	sync(): InterfaceChange[] {
		const { pins } = this.#options;
		if (pins !== undefined && !this.#areLeftoversGone) makePinDirectory(pins);
		const { present, missing } = findInterfaces(this.#wanted);
		const changes = this.#dropVanished(present);
		for (const [label, { link, name }] of present) {
			if (this.#attached.has(label)) continue;
			changes.push(...this.#attach(label, name, link));
		}
		for (const [label, reason] of missing) changes.push(...this.#fail(label, reason));
		return [...changes, ...this.#removeLeftovers()];
	}

	/**
	 * Other programs, on other interfaces: all of it or, when it throws, nothing. No packet is missed: each program takes
	 * the place of the one before in one step, and what comes anew is attached before the rest is left.
	 */
	use(object: BpfObject, wanted: "auto" | readonly InterfaceName[]): InterfaceChange[] {
		const before = { object: this.#object, wanted: this.#wanted };
		const { present, missing } = findInterfaces(wanted);
		const isSame = object === before.object;
		const undoSwap = isSame ? () => {} : swapAll(this.#attached.values(), object, before.object);
		const known = new Set([...this.#attached.keys(), ...this.#failures.keys()]);
		[this.#object, this.#wanted] = [object, wanted];
		try {
			const changes = this.#attachNew(present, known);
			return [...changes, ...this.#leave((label) => !present.has(label) && !missing.has(label))];
		} catch (error) {
			this.#leave((label) => !known.has(label));
			[this.#object, this.#wanted] = [before.object, before.wanted];
			undoSwap();
			throw error;
		}
	}

	/** @throws when one that is named, and was not `known`, cannot be attached */
	#attachNew(present: ReadonlyMap<string, Found>, known: ReadonlySet<string>): InterfaceChange[] {
		const changes: InterfaceChange[] = [];
		for (const [label, { link, name }] of present) {
			if (this.#attached.has(label)) continue;
			changes.push(...this.#attach(label, name, link));
			const failure = this.#failures.get(label);
			if (failure !== undefined && this.#wanted !== "auto" && !known.has(label)) throw new Error(failure);
		}
		return changes;
	}

	/** Never throws: there is no way back any more. */
	#leave(isLeft: (label: string) => boolean): InterfaceChange[] {
		for (const label of [...this.#failures.keys()].filter(isLeft)) this.#failures.delete(label);
		return [...this.#attached].flatMap(([label, { attachment }]): InterfaceChange[] => {
			if (!isLeft(label)) return [];
			this.#attached.delete(label);
			try {
				attachment.detach();
				return [{ interface: label, what: "left", detail: "it is wanted no more" }];
			} catch (error) {
				return [{ interface: label, what: "left", detail: (error as Error).message }];
			}
		});
	}

	/** Every interface that is wanted, attached or not; with `auto`, those that are there. */
	states(): { name: string; attached: boolean }[] {
		const labels = new Set([...this.#attached.keys(), ...this.#failures.keys()]);
		return [...labels].sort().map((name) => ({ name, attached: this.#attached.has(name) }));
	}

	/** Takes all programs off. @throws the first failure, after it has tried them all */
	close(): void {
		this.#end((attachment) => attachment.detach());
	}

	/** Leaves the programs on for the next run, which finds them by their pins. @throws as close() does */
	release(): void {
		this.#end((attachment) => attachment.release());
	}

	#end(action: (attachment: BothWays) => void): void {
		const failures: unknown[] = [];
		for (const { attachment } of this.#attached.values()) {
			try {
				action(attachment);
			} catch (error) {
				failures.push(error);
			}
		}
		this.#attached.clear();
		if (failures.length > 0) throw failures[0];
	}

	/** What earlier runs left on interfaces that are gone, or wanted no more. */
	#removeLeftovers(): InterfaceChange[] {
		const { pins } = this.#options;
		if (pins === undefined || this.#areLeftoversGone) return [];
		this.#areLeftoversGone = true;
		const wanted = new Set([...this.#attached.values()].flatMap(({ attachment }) => attachment.pins));
		return removeAttachments(pins, wanted).map(({ pin, failure }) => ({
			interface: pin,
			what: "removed",
			detail: failure ?? "it was left by an earlier run, and is wanted no more",
		}));
	}

	#dropVanished(present: ReadonlyMap<string, Found>): InterfaceChange[] {
		const changes: InterfaceChange[] = [];
		for (const [label, { index, attachment }] of this.#attached) {
			// One that came back has another index, unless its namespace came back too.
			const isThere = present.get(label)?.link.index === index;
			if (isThere && attachment.isAttached()) continue;
			if (isThere) this.#contested.add(label);
			else this.#contested.delete(label);
			attachment.detach();
			this.#attached.delete(label);
			changes.push({ interface: label, what: "gone", detail: this.#whyGone(isThere) });
		}
		if (this.#wanted === "auto") {
			for (const label of this.#failures.keys()) if (!present.has(label)) this.#failures.delete(label);
		}
		return changes;
	}

	#whyGone(isThere: boolean): string {
		if (isThere) return "it was made anew, or the programs were taken off";
		return this.#wanted === "auto" ? "it is gone, down, or lies on another one now" : "it is gone";
	}

	#attach(label: string, name: InterfaceName, link: Link): InterfaceChange[] {
		const layer: Layer = hasEthernetHeader(link) ? "ethernet" : "ip";
		const target = { name: label, index: link.index, netns: name.netns };
		try {
			const { ingress, egress } = programsFor(this.#object, layer);
			const { replace = true } = this.#options;
			const attachment = attach(target, ingress, egress, {
				...this.#options,
				replace: replace && !this.#contested.has(label),
			});
			this.#attached.set(label, { index: link.index, layer, attachment });
			this.#failures.delete(label);
			return [{ interface: label, what: "attached", detail: attachment.kind }];
		} catch (error) {
			return this.#fail(label, (error as Error).message);
		}
	}

	#fail(label: string, detail: string): InterfaceChange[] {
		if (this.#failures.get(label) === detail) return [];
		this.#failures.set(label, detail);
		return [{ interface: label, what: "failed", detail }];
	}
}
