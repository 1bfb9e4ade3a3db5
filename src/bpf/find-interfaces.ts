/** The interfaces that are wanted, as the kernel has them now. */
import { basename } from "node:path";
import { plainText } from "../model/plain-text.ts";
import { atOnce } from "./in-turns.ts";
import { lowestLinks } from "./links.ts";
import { type Link, linksInSteps } from "./netlink.ts";

export interface InterfaceName {
	readonly name: string;
	/** File of its network namespace; undefined: the own one. */
	readonly netns: string | undefined;
}

export interface Found {
	readonly link: Link;
	readonly name: InterfaceName;
}

/** `lb/eth0` in namespace lb, `eth0` in the own one. */
export function interfaceLabel({ name, netns }: InterfaceName): string {
	return plainText(netns === undefined ? name : `${basename(netns)}/${name}`);
}

const LINKS_PER_STEP = 500;

/** By label. */
export interface Interfaces {
	readonly present: Map<string, Found>;
	/** With the reason. */
	readonly missing: Map<string, string>;
}

export type Wanted = "auto" | readonly InterfaceName[];

/** Once; see interface-finder.ts. */
export function findInterfaces(wanted: Wanted): Interfaces {
	return atOnce(interfacesInSteps(wanted));
}

export function* interfacesInSteps(wanted: Wanted): Generator<void, Interfaces> {
	const present = new Map<string, Found>();
	const missing = new Map<string, string>();
	const add = (link: Link, name: InterfaceName) => present.set(interfaceLabel(name), { link, name });
	if (wanted === "auto") {
		const links = yield* linksInSteps();
		yield;
		for (const [i, link] of lowestLinks(links).entries()) {
			add(link, { name: link.name, netns: undefined });
			if (i % LINKS_PER_STEP === LINKS_PER_STEP - 1) yield;
		}
		return { present, missing };
	}
	for (const netns of new Set(wanted.map((each) => each.netns))) {
		const { links, reason } = yield* linksOrReason(netns);
		for (const name of wanted.filter((each) => each.netns === netns)) {
			const link = links.find((each) => each.name === name.name);
			if (link) add(link, name);
			else missing.set(interfaceLabel(name), reason ?? "there is no such interface");
		}
	}
	return { present, missing };
}

/** One namespace that is not there, or not what it should be, must not keep us from the others. */
function* linksOrReason(
	netns: string | undefined,
): Generator<void, { links: readonly Link[]; reason?: string }> {
	try {
		return { links: yield* linksInSteps(netns) };
	} catch (error) {
		return { links: [], reason: (error as Error).message };
	}
}
