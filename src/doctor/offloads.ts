/** What the NIC or the kernel does with packets before tc sees them. */
import { readActiveFeatures } from "../bpf/ethtool-features.ts";
import { type Fact, ok, type Patient, warn } from "./fact.ts";
import { targetsOf } from "./look-at.ts";

export function checkOffloads({ config }: Patient): Fact[] {
	const facts = targetsOf(config).flatMap((target) => {
		try {
			return offloadFacts(target.name, readActiveFeatures(target.device, target.netns));
		} catch (error) {
			return [warn(`${target.name}: ${(error as Error).message}`, "see ethtool -k")];
		}
	});
	return facts.length > 0
		? facts
		: [ok("no LRO and no tc offload; GRO, GSO and TSO are counted as their segments")];
}

export function offloadFacts(name: string, active: ReadonlySet<string>): Fact[] {
	return [
		...(active.has("rx-lro")
			? [
					warn(
						`${name}: LRO is on, which merges packets without saying how many: packets and headers are missed`,
						`ethtool -K ${name} lro off`,
					),
				]
			: []),
		...(active.has("hw-tc-offload")
			? [
					warn(
						`${name}: hw-tc-offload is on: packets that rules in the NIC forward or drop are not counted`,
						`ethtool -K ${name} hw-tc-offload off, unless nothing is offloaded`,
					),
				]
			: []),
	];
}
