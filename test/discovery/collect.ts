/** Runs a source until it has delivered, or failed, as often as the test wants. */
import type { Discovered, Discovery } from "../../src/discovery/discovery.ts";

export interface Collected {
	readonly lists: (readonly Discovered[])[];
	readonly failures: string[];
}

export async function collect(discovery: Discovery, lists: number, failures = 0): Promise<Collected> {
	const collected: Collected = { lists: [], failures: [] };
	await new Promise<void>((resolve) => {
		const check = () => {
			if (collected.lists.length >= lists && collected.failures.length >= failures) resolve();
		};
		discovery.start(
			(list) => {
				collected.lists.push(list);
				check();
			},
			(reason) => {
				collected.failures.push(reason);
				check();
			},
		);
	});
	await discovery.stop();
	return collected;
}
