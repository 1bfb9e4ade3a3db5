/** Verdicts about endpoints. */
import type { Endpoint, Protocol } from "./service.ts";

/** One address, port and protocol is one endpoint, however many services use it. */
export interface EndpointHealth extends Endpoint {
	readonly protocol: Protocol;
	/** Labels of the services that use it. */
	readonly services: readonly string[];
	/** Undefined until there is a verdict. */
	readonly healthy: boolean | undefined;
}
