/** Network namespaces of one test file, with nothing in them. */
import { afterAll, beforeAll } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";

export interface Netns {
	readonly path: string;
	/** Replaces all rules there. */
	load(rules: string): Promise<void>;
	/** Runs a command there. */
	run(command: string, stdin?: string): Promise<string>;
}

/** Made before the tests, removed after them. */
export function withNetns(name: string): Netns {
	const inside = (command: string, stdin = "") => run(inNetns(name, ["sh", "-ec", command]), stdin);
	beforeAll(async () => {
		// Of a run that was killed.
		await run(["ip", "netns", "delete", name]).catch(() => {});
		await run(["ip", "netns", "add", name]);
		await inside("ip link set lo up");
	});
	afterAll(async () => {
		await run(["ip", "netns", "delete", name]);
	});
	return {
		path: `/run/netns/${name}`,
		load: async (rules) => {
			await inside("nft -f -", `flush ruleset\n${rules}\n`);
		},
		run: inside,
	};
}
