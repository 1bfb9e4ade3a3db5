/** Several lists of services at once. */
import { hostPort } from "../model/address.ts";
import { plainText } from "../model/plain-text.ts";
import type { Discovered } from "./discovery.ts";

const SERVICES_PER_SLICE = 500;

/**
 * To be run by runInSlices(). One VIP, port and protocol is one service, however many sources
 * know it: the first of them gives everything about it, also its endpoints and their verdicts, for it knows why they are
 * there.
 */
export function* mergeServices(lists: readonly (readonly Discovered[])[]): Generator<void, Discovered[]> {
	const merged = new Map<string, Discovered>();
	for (const list of lists) {
		for (const [i, discovered] of list.entries()) {
			const { vip, port, protocol } = discovered.service;
			const key = `${protocol} ${hostPort(vip, port)}`;
			if (!merged.has(key)) merged.set(key, withPlainNames(discovered));
			if (i % SERVICES_PER_SLICE === SERVICES_PER_SLICE - 1) yield;
		}
	}
	return [...merged.values()];
}

/** Whoever may name a service must not write to the page, the log or a terminal of others with it. */
function withPlainNames(discovered: Discovered): Discovered {
	const { service, namespace, name, type } = discovered;
	const plain = { namespace: plainText(namespace), name: plainText(name), type: plainText(type) };
	return { ...discovered, ...plain, service: { ...service, label: plainText(service.label) } };
}
