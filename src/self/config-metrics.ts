/** Whether the configuration that runs is the one that was last read. */
import type { Registry } from "prom-client";
import { configFamilies } from "./self-families.ts";

export interface ConfigMetrics {
	/** `atMs`: wall-clock time. */
	applied(atMs: number): void;
	refused(): void;
}

export function createConfigMetrics(registry: Registry): ConfigMetrics {
	const { successful, lastSuccess } = configFamilies(registry);
	return {
		applied(atMs) {
			successful.set(1);
			lastSuccess.set(atMs / 1000);
		},
		refused: () => successful.set(0),
	};
}
