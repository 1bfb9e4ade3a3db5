/** The programs on the chosen interfaces: attached, and attached again when an interface vanishes and comes back. */
import { basename } from "node:path";
import { type AttachKind, type Attachment, attach } from "./attachment.ts";
import { hasEthernetHeader, lowestLinks } from "./links.ts";
import { type Link, readLinks } from "./netlink.ts";
import type { BpfObject } from "./object.ts";

export interface InterfaceName {
	readonly name: string;
	/** File of its network namespace; undefined: the own one. */
	readonly netns: string | undefined;
}

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

/** `lb/eth0` in namespace lb, `eth0` in the own one. */
export function interfaceLabel({ name, netns }: InterfaceName): string {
	return netns === undefined ? name : `${basename(netns)}/${name}`;
}

export class InterfaceSet {
	readonly #object: BpfObject;
	readonly #wanted: "auto" | readonly InterfaceName[];
	readonly #kind: AttachKind | undefined;
	readonly #attached = new Map<string, Attached>();
	/** Last failure by label, so that each is reported once. */
	readonly #failures = new Map<string, string>();

	/** `kind`: the only way to attach; undefined: the best that the kernel has. */
	constructor(object: BpfObject, wanted: "auto" | readonly InterfaceName[], kind?: AttachKind) {
		this.#object = object;
		this.#wanted = wanted;
		this.#kind = kind;
	}

	/** Brings the attachments in line with the interfaces that exist now, and tells what changed. */
	sync(): InterfaceChange[] {
		const present = this.#present();
		const changes = this.#dropVanished(present);
		for (const [label, { link, name }] of present) {
			if (this.#attached.has(label)) continue;
			changes.push(...this.#attach(label, name, link));
		}
		for (const label of this.#missing(present))
			changes.push(...this.#fail(label, "there is no such interface"));
		return changes;
	}

	/** Every interface that is wanted, attached or not; with `auto`, those that are there. */
	states(): { name: string; attached: boolean }[] {
		const labels = new Set([...this.#attached.keys(), ...this.#failures.keys()]);
		return [...labels].sort().map((name) => ({ name, attached: this.#attached.has(name) }));
	}

	close(): void {
		for (const { attachment } of this.#attached.values()) attachment.detach();
		this.#attached.clear();
	}

	#present(): Map<string, { link: Link; name: InterfaceName }> {
		if (this.#wanted === "auto") {
			const names = lowestLinks(readLinks()).map((link) => ({
				link,
				name: { name: link.name, netns: undefined },
			}));
			return new Map(names.map((found) => [interfaceLabel(found.name), found]));
		}
		const links = new Map(
			[...new Set(this.#wanted.map(({ netns }) => netns))].map((netns) => [netns, linksOrNone(netns)]),
		);
		return new Map(
			this.#wanted.flatMap((name) => {
				const link = links.get(name.netns)?.find((candidate) => candidate.name === name.name);
				return link ? [[interfaceLabel(name), { link, name }] as const] : [];
			}),
		);
	}

	#missing(present: ReadonlyMap<string, unknown>): string[] {
		if (this.#wanted === "auto") return [];
		return this.#wanted.map(interfaceLabel).filter((label) => !present.has(label));
	}

	/** One that came back has another index. */
	#dropVanished(present: ReadonlyMap<string, { link: Link }>): InterfaceChange[] {
		const changes: InterfaceChange[] = [];
		for (const [label, { index, attachment }] of this.#attached) {
			if (present.get(label)?.link.index === index) continue;
			attachment.detach();
			this.#attached.delete(label);
			changes.push({ interface: label, what: "gone", detail: "the interface is gone" });
		}
		if (this.#wanted === "auto") {
			for (const label of this.#failures.keys()) if (!present.has(label)) this.#failures.delete(label);
		}
		return changes;
	}

	#attach(label: string, name: InterfaceName, link: Link): InterfaceChange[] {
		const layer = hasEthernetHeader(link) ? "ethernet" : "ip";
		const target = { name: label, index: link.index, netns: name.netns };
		try {
			const ingress = this.#object.program(`ingress_${layer}`);
			const attachment = attach(target, ingress, this.#object.program(`egress_${layer}`), this.#kind);
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

/** A namespace that is not there has no interfaces: it may come back. */
function linksOrNone(netns: string | undefined): Link[] {
	try {
		return readLinks(netns);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
		throw error;
	}
}
