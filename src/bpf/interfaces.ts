/** The programs on the chosen interfaces: attached, and attached again when an interface vanishes and comes back. */
import { type AttachOptions, attach } from "./attachment.ts";
import { type Found, findInterfaces, type InterfaceName } from "./find-interfaces.ts";
import { hasEthernetHeader } from "./links.ts";
import type { Link } from "./netlink.ts";
import type { BpfObject } from "./object.ts";
import type { Attachment } from "./target.ts";

export interface InterfaceChange {
	readonly interface: string;
	readonly what: "attached" | "gone" | "failed";
	/** How it was attached, or why not. */
	readonly detail: string;
}

interface Attached {
	readonly index: number;
	readonly attachment: Attachment;
}

export class InterfaceSet {
	readonly #object: BpfObject;
	readonly #wanted: "auto" | readonly InterfaceName[];
	readonly #options: AttachOptions;
	readonly #attached = new Map<string, Attached>();
	/** Last failure by label, so that each is reported once. */
	readonly #failures = new Map<string, string>();
	/** Labels whose programs somebody took off: two lbscopes must not take a clsact place from each other for ever. */
	readonly #contested = new Set<string>();

	constructor(object: BpfObject, wanted: "auto" | readonly InterfaceName[], options: AttachOptions = {}) {
		this.#object = object;
		this.#wanted = wanted;
		this.#options = options;
	}

	/** Brings the attachments in line with the interfaces that exist now, and tells what changed. */
	sync(): InterfaceChange[] {
		const { present, missing } = findInterfaces(this.#wanted);
		const changes = this.#dropVanished(present);
		for (const [label, { link, name }] of present) {
			if (this.#attached.has(label)) continue;
			changes.push(...this.#attach(label, name, link));
		}
		for (const [label, reason] of missing) changes.push(...this.#fail(label, reason));
		return changes;
	}

	/** Every interface that is wanted, attached or not; with `auto`, those that are there. */
	states(): { name: string; attached: boolean }[] {
		const labels = new Set([...this.#attached.keys(), ...this.#failures.keys()]);
		return [...labels].sort().map((name) => ({ name, attached: this.#attached.has(name) }));
	}

	/** @throws the first failure, after it has tried them all */
	close(): void {
		const failures: unknown[] = [];
		for (const { attachment } of this.#attached.values()) {
			try {
				attachment.detach();
			} catch (error) {
				failures.push(error);
			}
		}
		this.#attached.clear();
		if (failures.length > 0) throw failures[0];
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
		const layer = hasEthernetHeader(link) ? "ethernet" : "ip";
		const target = { name: label, index: link.index, netns: name.netns };
		try {
			const ingress = this.#object.program(`ingress_${layer}`);
			const { kind, replace = true } = this.#options;
			const attachment = attach(target, ingress, this.#object.program(`egress_${layer}`), {
				kind,
				replace: replace && !this.#contested.has(label),
			});
			this.#attached.set(label, { index: link.index, attachment });
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
