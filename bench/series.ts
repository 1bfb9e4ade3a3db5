/** How many series of the page come of the bench's pairs: bytes and packets of each, packets of each client. */
import { ENDPOINTS } from "./pairs.ts";

export function seriesOf(pairs: number): number {
	return pairs * 2 + pairs / ENDPOINTS;
}

export function pairsOf(series: number): number {
	return Math.round(series / (2 + 1 / ENDPOINTS));
}
