/** Verdicts about endpoints. */
import type { Endpoint, Protocol } from "./service.ts";

/** By endpointKey(), see service.ts. */
export interface EndpointHealth extends Endpoint {
	readonly protocol: Protocol;
	/** Labels of the services that use it. */
	readonly services: readonly string[];
	/** Undefined until there is a verdict. */
	readonly healthy: boolean | undefined;
	/** Of the last probe; undefined: it is not probed, or was not yet. */
	readonly durationMs: number | undefined;
	/** How often the verdict has become this one from the other. */
	readonly turned: { readonly healthy: number; readonly unhealthy: number };
}
