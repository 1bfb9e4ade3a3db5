/** What the sources of services say of themselves. */
import type { Registry } from "prom-client";
import { discoveryFamilies } from "./self-families.ts";

export interface DiscoveryMetrics {
	/** A list came: because it changed, or because the source can be asked again. */
	delivered(services: number): void;
	failed(): void;
	/** It has said nothing yet: what it said to the run before is valid. */
	kept(services: number): void;
	/** Nobody asks it any more. */
	left(): void;
}

export function createDiscoveryMetrics(registry: Registry) {
	const { services, lastSuccess, errors } = discoveryFamilies(registry);
	/** Sources whose last list is up to date. */
	const working = new Set<string>();
	return {
		of(source: string): DiscoveryMetrics {
			// A counter that is not there before its first error shows no increase at it.
			errors.inc({ source }, 0);
			return {
				delivered(count) {
					services.set({ source }, count);
					working.add(source);
				},
				kept(count) {
					services.set({ source }, count);
				},
				failed() {
					errors.inc({ source });
					working.delete(source);
				},
				left() {
					working.delete(source);
					services.remove({ source });
					lastSuccess.remove({ source });
				},
			};
		},
		/** `atMs`: wall-clock time. */
		refresh(atMs: number): void {
			for (const source of working) lastSuccess.set({ source }, atMs / 1000);
		},
	};
}
