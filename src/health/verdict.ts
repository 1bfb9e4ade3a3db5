/** From single probes to a verdict that one lost packet does not turn. */

export interface VerdictRules {
	/** Successes in a row that make an endpoint healthy. */
	readonly rise: number;
	/** Failures in a row that make it unhealthy. */
	readonly fall: number;
}

export interface Verdict {
	/** Undefined until there were enough equal results in a row. */
	readonly healthy: boolean | undefined;
	readonly lastResult: boolean | undefined;
	/** Equal results in a row, the last one included. */
	readonly streak: number;
}

export const NO_VERDICT: Verdict = { healthy: undefined, lastResult: undefined, streak: 0 };

export function judge(verdict: Verdict, result: boolean, { rise, fall }: VerdictRules): Verdict {
	const streak = result === verdict.lastResult ? verdict.streak + 1 : 1;
	const isEnough = streak >= (result ? rise : fall);
	return { healthy: isEnough ? result : verdict.healthy, lastResult: result, streak };
}
