/** The query API that Prometheus and VictoriaMetrics share. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Sample {
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

export interface Curve {
	readonly labels: Readonly<Record<string, string>>;
	readonly values: readonly number[];
}

interface Answer<Result> {
	readonly status: string;
	readonly error?: string;
	readonly warnings?: readonly string[];
	readonly data: { readonly result: Result };
}

interface Series {
	readonly metric: Readonly<Record<string, string>>;
	readonly value?: readonly [number, string];
	readonly values?: readonly (readonly [number, string])[];
}

export interface Api {
	readonly url: string;
	/** @throws when it answers with an error or a warning */
	query(promql: string, atSeconds?: number): Promise<Sample[]>;
	range(promql: string, range: TimeRange): Promise<Curve[]>;
	/** Any path below /api/v1/. */
	ask<Data>(path: string): Promise<Data>;
	/** Asks again and again, while the query gives anything else. */
	until(promql: string, holds: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]>;
}

export interface TimeRange {
	readonly startSeconds: number;
	readonly endSeconds: number;
	readonly stepSeconds: number;
}

const LOOK_MS = 300;
const PATIENCE_MS = 40_000;

export function apiAt(url: string): Api {
	const ask = async <Data>(path: string) => (await (await fetch(`${url}/api/v1/${path}`)).json()) as Data;
	const results = async (path: string, values: Record<string, string>) => {
		const answer = await ask<Answer<readonly Series[]>>(`${path}?${new URLSearchParams(values)}`);
		if (answer.status !== "success" || (answer.warnings ?? []).length > 0)
			throw new Error(`${values.query}: ${answer.error ?? answer.warnings?.join()}`);
		return answer.data.result;
	};
	const query: Api["query"] = async (promql, atSeconds) => {
		const time: Record<string, string> = atSeconds === undefined ? {} : { time: String(atSeconds) };
		const found = await results("query", { query: promql, ...time });
		return found.map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1]) }));
	};
	return {
		url,
		ask,
		query,
		async range(promql, { startSeconds, endSeconds, stepSeconds }) {
			const range = { start: String(startSeconds), end: String(endSeconds), step: String(stepSeconds) };
			const found = await results("query_range", { query: promql, ...range });
			return found.map(({ metric, values = [] }) => ({
				labels: metric,
				values: values.map(([, value]) => Number(value)),
			}));
		},
		async until(promql, holds) {
			const deadline = performance.now() + PATIENCE_MS;
			for (;;) {
				const samples = await query(promql).catch(() => []);
				if (holds(samples)) return samples;
				if (performance.now() > deadline)
					throw new Error(`${promql} at ${url} still gives ${JSON.stringify(samples)}`);
				await sleep(LOOK_MS);
			}
		},
	};
}
