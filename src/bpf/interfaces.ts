/** The programs on the chosen interfaces: attached, and attached again when an interface vanishes and comes back. */
import { setImmediate } from "node:timers/promises";
import { type AttachOptions, attach } from "./attachment.ts";
import type { Found, InterfaceName, Interfaces, Wanted } from "./find-interfaces.ts";
import { atOnce, inTurns } from "./in-turns.ts";
import { InterfaceFinder } from "./interface-finder.ts";
import { removeAttachments } from "./leftovers.ts";
import { hasEthernetHeader } from "./links.ts";
import { type MadeLinks, makeLinks } from "./made-links.ts";
import type { Link } from "./netlink.ts";
import type { BpfObject } from "./object.ts";
import { makePinDirectory } from "./pins.ts";
import { type Layer, programsFor, swapAll } from "./swap-programs.ts";
import type { BothWays, Target } from "./target.ts";

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

/** To look whether a link is on takes some microseconds. */
const LOOKED_PER_STEP = 100;

export class InterfaceSet {
	#object: BpfObject;
	#wanted: Wanted;
	readonly #finder = new InterfaceFinder();
	/** With these all was brought in line, so that only the programs need to be looked at. */
	#settled: Interfaces | undefined;
	readonly #options: AttachOptions;
	readonly #attached = new Map<string, Attached>();
	/** Last failure by label, so that each is reported once. */
	readonly #failures = new Map<string, string>();
	/** Labels whose programs somebody took off: two lbscopes must not take a clsact place from each other for ever. */
	readonly #contested = new Set<string>();
	#areLeftoversGone = false;
	/** Another one, when what a sync in turns has begun with is no more. */
	#epoch = 0;
	#turns: Promise<unknown> = Promise.resolve();

	constructor(object: BpfObject, wanted: Wanted, options: AttachOptions = {}) {
		this.#object = object;
		this.#wanted = wanted;
		this.#options = options;
	}

	/** Brings the attachments in line with the interfaces that exist now, and tells what changed. */
	sync(): InterfaceChange[] {
		const known = this.#finder.known(this.#wanted);
		if (known && this.#isInLine(known)) return [];
		const { pins } = this.#options;
		if (pins !== undefined && !this.#areLeftoversGone) makePinDirectory(pins);
		const found = known ?? this.#finder.read(this.#wanted);
		const { present } = found;
		const changes = atOnce(this.#dropInSteps(present));
		for (const [label, { link, name }] of present) {
			if (this.#attached.has(label)) continue;
			changes.push(...this.#attach(label, name, link));
		}
		return [...changes, ...this.#settle(found)];
	}

	/**
	 * The same while the event loop goes on: thousands of interfaces take as many times 25 ms. Never two at a time. What
	 * comes between, as close(), ends it; the next one does the rest.
	 */
	async syncInTurns(): Promise<InterfaceChange[]> {
		const known = this.#finder.known(this.#wanted);
		if (known && this.#isInLine(known)) return [];
		const changes = this.#syncInTurns(known);
		this.#turns = changes.catch(() => {});
		return changes;
	}

	/** Ends what syncInTurns() is at. Until then another thread may attach the programs of now: they must not be closed. */
	async endTurns(): Promise<void> {
		this.#epoch++;
		await this.#turns;
	}

	async #syncInTurns(known: Interfaces | undefined): Promise<InterfaceChange[]> {
		const { pins } = this.#options;
		if (pins !== undefined && !this.#areLeftoversGone) makePinDirectory(pins);
		const epoch = this.#epoch;
		const isStill = () => epoch === this.#epoch;
		const found = known ?? (await inTurns(this.#finder.readInSteps(this.#wanted)));
		const { present } = found;
		const changes = await inTurns(this.#dropInSteps(present, isStill));
		for (const [label, { link, name }] of present) {
			if (!isStill()) return changes;
			if (this.#attached.has(label)) continue;
			const target = { name: label, index: link.index, netns: name.netns };
			const made = await this.#makeLinks(target, link);
			if (isStill() && !this.#attached.has(label)) changes.push(...this.#attach(label, name, link, made));
			made?.close();
			await setImmediate();
		}
		if (!isStill()) return changes;
		return [...changes, ...this.#settle(found)];
	}

	/** The common case, each second: code that runs so seldom is slow, so it is little. */
	#isInLine(known: Interfaces): boolean {
		if (known !== this.#settled || this.#attached.size > LOOKED_PER_STEP) return false;
		for (const { attachment } of this.#attached.values()) if (!attachment.isAttached()) return false;
		return true;
	}

	#settle(found: Interfaces): InterfaceChange[] {
		this.#settled = found;
		const changes = [...found.missing].flatMap(([label, reason]) => this.#fail(label, reason));
		return [...changes, ...this.#removeLeftovers()];
	}

	/**
	 * Other programs, on other interfaces: all of it or, when it throws, nothing. No packet is missed: each program takes
	 * the place of the one before in one step, and what comes anew is attached before the rest is left.
	 */
	use(object: BpfObject, wanted: Wanted): InterfaceChange[] {
		const before = { object: this.#object, wanted: this.#wanted };
		const { present, missing } = this.#finder.read(wanted);
		this.#epoch++;
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
		this.#epoch++;
		this.#finder.close();
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

	/** Ends when it is no more `isStill` what it was. */
	*#dropInSteps(
		present: ReadonlyMap<string, Found>,
		isStill = () => true,
	): Generator<void, InterfaceChange[]> {
		const changes: InterfaceChange[] = [];
		let looked = 0;
		for (const [label, attached] of this.#attached) {
			if (++looked % LOOKED_PER_STEP === 0) yield;
			if (!isStill()) return changes;
			// One that came back has another index, unless its namespace came back too.
			const isThere = present.get(label)?.link.index === attached.index;
			if (!isThere || !attached.attachment.isAttached()) changes.push(this.#drop(label, attached, isThere));
		}
		if (this.#wanted === "auto") {
			for (const label of this.#failures.keys()) if (!present.has(label)) this.#failures.delete(label);
		}
		return changes;
	}

	#drop(label: string, { attachment }: Attached, isThere: boolean): InterfaceChange {
		if (isThere) this.#contested.add(label);
		else this.#contested.delete(label);
		attachment.detach();
		this.#attached.delete(label);
		return { interface: label, what: "gone", detail: this.#whyGone(isThere) };
	}

	#whyGone(isThere: boolean): string {
		if (isThere) return "it was made anew, or the programs were taken off";
		return this.#wanted === "auto" ? "it is gone, down, or lies on another one now" : "it is gone";
	}

	#makeLinks(target: Target, link: Link): Promise<MadeLinks | undefined> {
		const { kind, pins } = this.#options;
		if (kind === "clsact") return Promise.resolve(undefined);
		return makeLinks(target, programsFor(this.#object, layerOf(link)), pins);
	}

	#attach(label: string, name: InterfaceName, link: Link, made?: MadeLinks | undefined): InterfaceChange[] {
		const layer = layerOf(link);
		const target = { name: label, index: link.index, netns: name.netns };
		try {
			const { ingress, egress } = programsFor(this.#object, layer);
			const { replace = true } = this.#options;
			const attachment = attach(target, ingress, egress, {
				...this.#options,
				made,
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
		// What failed is tried again at the next look, with the links of then.
		this.#finder.forget();
		if (this.#failures.get(label) === detail) return [];
		this.#failures.set(label, detail);
		return [{ interface: label, what: "failed", detail }];
	}
}

function layerOf(link: Link): Layer {
	return hasEthernetHeader(link) ? "ethernet" : "ip";
}
