/** What every query of docs/queries.md gives in the lab, by the sentence above it. */
import { exporterAnswers } from "./answers-exporter.ts";
import { requestAnswers } from "./answers-requests.ts";
import { trafficAnswers } from "./answers-traffic.ts";
import type { Expectation } from "./expectation.ts";
import type { LabData } from "./lab-data.ts";

export type Answers = Readonly<Record<string, Expectation>>;

export function answersIn(data: LabData): Answers {
	return { ...requestAnswers(data), ...trafficAnswers(data), ...exporterAnswers(data) };
}
