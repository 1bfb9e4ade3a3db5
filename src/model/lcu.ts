/** Capacity units by the formula of the metric set that lbscope reproduces. They are no AWS LCU. */
const FLOWS_PER_UNIT = 2_160_000;
const RULES_PER_UNIT = 1_000;
const GIGABITS_PER_SECOND_PER_UNIT = 3_600;

export interface Load {
	readonly activeFlows: number;
	readonly rules: number;
	readonly bytesPerSecond: number;
}

export function capacityUnits({ activeFlows, rules, bytesPerSecond }: Load): number {
	const gigabitsPerSecond = (bytesPerSecond * 8) / 1e9;
	return (
		activeFlows / FLOWS_PER_UNIT + rules / RULES_PER_UNIT + gigabitsPerSecond / GIGABITS_PER_SECOND_PER_UNIT
	);
}
