/** How long the stages of the last poll took, as the exporter itself says. */
const STAGES = ["read", "snapshot", "render", "govern"] as const;
export type Stage = (typeof STAGES)[number];

export type StageTimes = Readonly<Record<Stage, number>>;

/** Ms since the exporter's start: their differences are what is wanted. */
export async function stageTimes(url: string): Promise<StageTimes> {
	const text = await (await fetch(`${url}/system/metrics`)).text();
	const sum = (stage: Stage) => {
		const line = new RegExp(`^lbscope_poll_stage_duration_seconds_sum{stage="${stage}"} (\\S+)$`, "m");
		return 1000 * Number(line.exec(text)?.[1]);
	};
	return { read: sum("read"), snapshot: sum("snapshot"), render: sum("render"), govern: sum("govern") };
}

/** By stage, between each two that follow one another. */
export function stageDifferences(times: readonly StageTimes[]): [Stage, number[]][] {
	return STAGES.map((stage) => [
		stage,
		times.slice(1).map((time, i) => time[stage] - (times[i]?.[stage] ?? Number.NaN)),
	]);
}
